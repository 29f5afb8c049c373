/**
 * What the cache has of a model, without asking anybody.
 */

import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../disk/make-folder.node.ts';
import { refPath, snapshotFolder } from './cache-paths.node.ts';
import { chooseFiles, shardNames } from './choose-files.ts';
import { onDisk } from './disk.node.ts';
import { haveTheirSizes, knownSizes } from './known-sizes.node.ts';
import type { RepoId } from './repo-id.ts';
import { isCommit } from './repo-id.ts';
import { walk } from './walk.node.ts';

export interface ModelFile {
  /** In its snapshot, with / between folders. */
  readonly name: string;
  readonly bytes: number;
}

/** The commit a revision was at when it was last pulled. */
export async function cachedCommit(cache: string, repo: RepoId): Promise<string | undefined> {
  if (isCommit(repo.revision)) return repo.revision;
  const text = await readFile(refPath(cache, repo), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Remembers the commit of a branch or tag. */
export async function writeRef(cache: string, repo: RepoId, commit: string): Promise<void> {
  if (isCommit(repo.revision)) return;
  const path = refPath(cache, repo);
  await onDisk(path, async () => {
    await makeFolder(dirname(path));
    const aside = `${path}.${randomUUID()}.incomplete`;
    await writeFile(aside, commit);
    await rename(aside, path);
  });
}

/** A snapshot's files; links whose blob is gone are none. */
export async function snapshotFiles(cache: string, id: string, commit: string): Promise<readonly ModelFile[]> {
  const files: ModelFile[] = [];
  for (const { path, name } of await walk(snapshotFolder(cache, id, commit))) {
    if (name.endsWith('.incomplete')) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) files.push({ name, bytes: found.size });
  }
  return files;
}

export interface Wanted {
  readonly cache: string;
  readonly id: string;
  readonly commit: string;
  /** Of its files, as the hub says now; where it was not asked or does not say, what it said at the pull counts. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
}

/**
 * The files a model needs of its snapshot, when all of them are there in their full lengths, as far as those are known.
 * @param listed what the hub has; absent: what the snapshot has
 */
export async function completeFiles(
  { cache, id, commit, sizes }: Wanted,
  listed?: ReadonlySet<string>,
): Promise<readonly ModelFile[] | undefined> {
  const files = await snapshotFiles(cache, id, commit);
  const there = new Map(files.map((file) => [file.name, file]));
  try {
    const { companions, weights, sharded } = chooseFiles(listed ?? new Set(there.keys()), id);
    const names = [...companions, weights];
    if (sharded) {
      const index = await readFile(join(snapshotFolder(cache, id, commit), weights), 'utf8');
      names.push(...shardNames(index, `${id}/${weights}`));
    }
    const needed = names.map((name) => there.get(name));
    if (!needed.every((file) => file !== undefined)) return undefined;
    // What was said of a file before it was loaded is better than what a list says.
    const expected = new Map([...(sizes ?? []), ...(await knownSizes(cache, id, commit))]);
    return haveTheirSizes(needed, expected) ? needed : undefined;
  } catch {
    return undefined; // no model, or an index that is none
  }
}
