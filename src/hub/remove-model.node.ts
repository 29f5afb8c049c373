/**
 * Takes a model, or one revision of it, out of the cache: only what is inside the cache, and only bytes that no other
 * snapshot links to.
 */
import { lstat, readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locksFolder, repoFolder, sizesPath, snapshotFolder } from './cache-paths.node.ts';
import { cachedCommit } from './cached-model.node.ts';
import { onDisk } from './disk.node.ts';
import { HubError } from './hub-error.ts';
import { expectIdle } from './idle.node.ts';
import { linkedFiles, ownBytes, removeFiles } from './linked-files.node.ts';
import { isCommit, parseRepoId } from './repo-id.ts';
import { walk } from './walk.node.ts';

export interface RemovedModel {
  readonly id: string;
  /** Commits whose snapshots are gone. */
  readonly commits: readonly string[];
  readonly freedBytes: number;
}

/**
 * Removes `ORG/NAME`, or one revision, `ORG/NAME@REVISION`.
 * @param cache the cache's folder
 * @throws HubError `not-found` when it is not there, `busy` while somebody pulls it, and for what the file system refuses
 */
export async function removeModel(spec: string, cache: string): Promise<RemovedModel> {
  const { id } = parseRepoId(spec);
  const folder = repoFolder(cache, id);
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) throw new HubError('not-found', `${id}: it is not in ${cache}; see: mamba-ts models list`);
  await expectIdle(locksFolder(cache, id), id);
  return onDisk(folder, async () => {
    if (found.isDirectory()) return removeFrom(cache, spec);
    await rm(folder); // a link to somewhere else, and what is there is not ours
    return { id, commits: [], freedBytes: 0 };
  });
}

async function removeFrom(cache: string, spec: string): Promise<RemovedModel> {
  const { id } = parseRepoId(spec);
  const folder = repoFolder(cache, id);
  await expectInside(folder);
  const all = (await readdir(join(folder, 'snapshots')).catch(() => [])).filter(isCommit);
  const commits = await chosenCommits(cache, spec, all);
  const last = commits.length === all.length;

  const snapshots = commits.map((commit) => snapshotFolder(cache, id, commit));
  // Without links in its path, since it is compared with where links lead.
  const blobs = join(await realpath(folder), 'blobs');
  const there = (await readdir(blobs).catch(() => [])).map((name) => join(blobs, name));
  const candidates = last ? there : there.filter(among(await linkedFiles(snapshots)));
  let freedBytes = await ownBytes(snapshots);
  for (const snapshot of snapshots) await rm(snapshot, { recursive: true });
  for (const commit of commits) await rm(sizesPath(cache, id, commit), { force: true });
  await removeRefs(join(folder, 'refs'), commits);
  const needed = await linkedFiles([cache]);
  freedBytes += await removeFiles(candidates.filter((blob) => !among(needed)(blob)));
  if (last) await removeEmpty(cache, id);
  return { id, commits, freedBytes };
}

function among(files: ReadonlySet<string>): (file: string) => boolean {
  return (file) => files.has(file);
}

async function chosenCommits(cache: string, spec: string, all: readonly string[]): Promise<readonly string[]> {
  if (!spec.includes('@')) return all;
  const commit = await cachedCommit(cache, parseRepoId(spec));
  if (commit !== undefined && all.includes(commit)) return [commit];
  throw new HubError('not-found', `${spec}: that revision is not in ${cache}; see: mamba-ts models list`);
}

/** @throws HubError `name` when a part of the model's folder is a link that leads out of it */
async function expectInside(folder: string): Promise<void> {
  const home = await realpath(folder);
  for (const part of ['blobs', 'snapshots', 'refs', '.mamba-ts']) {
    const place = await realpath(join(folder, part)).catch(() => undefined);
    if (place === undefined || place === join(home, part)) continue;
    throw new HubError('name', `expected ${join(folder, part)} in the cache, it leads to ${place}; remove it by hand`);
  }
}

async function removeRefs(folder: string, commits: readonly string[]): Promise<void> {
  for (const { path } of await walk(folder)) {
    const commit = await readFile(path, 'utf8').catch(() => '');
    if (commits.includes(commit.trim())) await rm(path);
  }
}

/** The folders of a model that has no snapshot any more; bytes that others link to stay. */
async function removeEmpty(cache: string, id: string): Promise<void> {
  const folder = repoFolder(cache, id);
  await removeLocks(locksFolder(cache, id));
  const kept = await rmdir(join(folder, 'blobs')).then(
    () => false,
    (error) => error.code === 'ENOTEMPTY',
  );
  if (!kept) await rm(folder, { recursive: true });
}

/** Dead processes' locks of ours. Python's stay: a live process may hold one, which cannot be seen from here. */
async function removeLocks(folder: string): Promise<void> {
  for (const { path, name } of await walk(folder)) if (name.endsWith('.mamba-ts.lock')) await rm(path, { force: true });
  await rmdir(folder).catch(() => {}); // not empty, or never there
}
