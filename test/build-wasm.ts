/**
 * Before any test: the WebAssembly modules are those of the sources.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildNames } from '../src/wasm/builds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const asc = fileURLToPath(new URL('../node_modules/assemblyscript/bin/asc.js', import.meta.url));

export function setup(): void {
  const sources = readdirSync(`${root}assembly`).map((file) => `${root}assembly/${file}`);
  const newest = Math.max(...[...sources, `${root}asconfig.json`].map((file) => statSync(file).mtimeMs));
  for (const build of buildNames) {
    const module = `${root}build/${build}.wasm`;
    if (existsSync(module) && statSync(module).mtimeMs >= newest) continue;
    execFileSync(process.execPath, [asc, '--target', build], { cwd: root, stdio: 'inherit' });
  }
}
