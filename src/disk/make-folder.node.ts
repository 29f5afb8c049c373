/**
 * Folders, with their missing parents, one by one. Node's own `mkdir` with `recursive` asks again for ever where a system
 * says "no such file" (ENOENT) below a parent that exists, as /proc does, and no signal's handler can stop it.
 */
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and its missing parents, if it is not there.
 * @returns the folders that were made, the outermost first
 * @throws the system's refusal (as a rejection), and then none of them stays
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  if (await isFolder(path)) return [];
  const missing = [resolve(path)];
  for (let above = dirname(missing[0]!); !(await isThere(above)); above = dirname(above)) {
    missing.unshift(above);
    if (dirname(above) === above) break;
  }
  const made: string[] = [];
  try {
    for (const place of missing) if (await makeOne(place)) made.push(place);
  } catch (error) {
    await removeFolders(made);
    throw error;
  }
  return made;
}

/** Takes away what `makeFolder` has made, the innermost first; what is not empty by now is somebody else's, and stays. */
export async function removeFolders(made: readonly string[]): Promise<void> {
  for (const place of made.toReversed()) await rmdir(place).catch(() => {});
}

/** False when another process was faster. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await isFolder(path))) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
