/**
 * dist/ is that of the sources: what runs in a browser is the built package. Types are checked elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
/** Test files run side by side; one of them builds, the others wait. */
const lock = join(root, 'node_modules/.building-dist');

export async function buildDist(): Promise<void> {
  for (let tries = 0; !takeLock(); tries++) {
    if (tries === 600) throw new Error(`"${lock}" expected to go away within a minute`);
    await setTimeout(100);
  }
  try {
    if (!isCurrent()) execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: root });
  } finally {
    rmdirSync(lock);
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

/** Every module is there and not older than its source. */
function isCurrent(): boolean {
  return ['src', 'gpu'].every((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .every((file) => {
        const built = join(root, 'dist', folder, file.replace(/\.ts$/, '.js'));
        return existsSync(built) && statSync(built).mtimeMs >= statSync(join(root, folder, file)).mtimeMs;
      }),
  );
}
