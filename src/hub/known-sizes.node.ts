/**
 * How long the files of a snapshot are, as the hub said when they were loaded: a disk or another program may cut one
 * later, and without a network nothing else could tell.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../disk/make-folder.node.ts';
import { sizesPath } from './cache-paths.node.ts';
import { parsed } from './json-field.ts';
import type { RemoteFile } from './remote-file.ts';

export interface Sized {
  /** In its snapshot, with / between folders. */
  readonly name: string;
  readonly bytes: number;
}

/** Sizes by name; those of what others have loaded (Python, an older version) are not known. */
export async function knownSizes(cache: string, id: string, commit: string): Promise<ReadonlyMap<string, number>> {
  const json = parsed(await readFile(sizesPath(cache, id, commit), 'utf8').catch(() => ''));
  const entries = Object.entries(typeof json === 'object' && json !== null ? json : {});
  return new Map(entries.filter(([, size]) => Number.isSafeInteger(size)));
}

/** Whether none of the files is known to have another length. */
export function haveTheirSizes(files: readonly Sized[], sizes: ReadonlyMap<string, number>): boolean {
  return files.every(({ name, bytes }) => (sizes.get(name) ?? bytes) === bytes);
}

/** Remembers the sizes of files of any snapshots. What cannot be written is merely not known later. */
export async function rememberSizes(cache: string, files: readonly RemoteFile[]): Promise<void> {
  const snapshots = new Map(files.map(({ repo, commit }) => [sizesPath(cache, repo.id, commit), { repo, commit }]));
  for (const [path, { repo, commit }] of snapshots) {
    const sizes = new Map(await knownSizes(cache, repo.id, commit));
    for (const file of files) {
      if (sizesPath(cache, file.repo.id, file.commit) === path) sizes.set(file.name, file.size);
    }
    await replace(path, JSON.stringify(Object.fromEntries(sizes)));
  }
}

async function replace(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.incomplete`;
  try {
    await makeFolder(dirname(path));
    await writeFile(aside, text);
    await rename(aside, path);
  } catch {
    await rm(aside, { force: true }).catch(() => {});
  }
}
