/**
 * Which files links lead to, and how many bytes go when files go.
 */
import { lstat, realpath, rm } from 'node:fs/promises';
import type { Entry } from './walk.node.ts';
import { walk } from './walk.node.ts';

/** Where all symbolic links below these folders lead, as paths without links. Links to nowhere lead nowhere. */
export async function linkedFiles(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const linked = new Set<string>();
  for (const { path, kind } of await walkAll(folders)) {
    if (kind !== 'link') continue;
    const target = await realpath(path).catch(() => undefined);
    if (target !== undefined) linked.add(target);
  }
  return linked;
}

/** Bytes of the regular files below these folders that have no other name. */
export async function ownBytes(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const { path, kind } of await walkAll(folders)) {
    if (kind !== 'file') continue;
    const { size, nlink } = await lstat(path);
    if (nlink === 1) bytes += size;
  }
  return bytes;
}

/** Removes files. @returns their bytes */
export async function removeFiles(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    bytes += (await lstat(path)).size;
    await rm(path, { recursive: true });
  }
  return bytes;
}

async function walkAll(folders: readonly string[]): Promise<readonly Entry[]> {
  return (await Promise.all(folders.map(walk))).flat();
}
