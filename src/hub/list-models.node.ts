/**
 * What is in the cache.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repoFolder } from './cache-paths.node.ts';
import type { ModelFile } from './cached-model.node.ts';
import { completeFiles, snapshotFiles } from './cached-model.node.ts';
import { haveTheirSizes, knownSizes } from './known-sizes.node.ts';
import { idOfCacheFolder, isCommit } from './repo-id.ts';
import { walk } from './walk.node.ts';

export interface CachedModel {
  readonly id: string;
  /** The branch or tag that was pulled, else the commit; undefined where only parts of files have come so far. */
  readonly revision: string | undefined;
  readonly commit: string | undefined;
  readonly files: readonly ModelFile[];
  /** Of the files of this revision. Revisions of one model share the files that are equal. */
  readonly bytes: number;
  /** Of interrupted pulls of this model, of any revision. */
  readonly partialBytes: number;
  /** A model has weights; a tokenizer was pulled for another model. */
  readonly kind: 'model' | 'tokenizer';
  /** Whether it can be used without the hub. */
  readonly complete: boolean;
}

/** Every revision of every model, by id. An absent cache is an empty one. @param cache its folder: `cacheFolder(env)` */
export async function listModels(cache: string): Promise<readonly CachedModel[]> {
  const folders = await readdir(cache).catch(() => []);
  const ids = folders.map(idOfCacheFolder).filter((id) => id !== undefined);
  return (await Promise.all(ids.toSorted().map((id) => listModel(cache, id)))).flat();
}

/** The revisions of one model in the cache; none when it is not there. */
export async function listModel(cache: string, id: string): Promise<readonly CachedModel[]> {
  const folder = repoFolder(cache, id);
  const partialBytes = await sizeOfPartials(join(folder, 'blobs'));
  const revisions = await readRefs(join(folder, 'refs'));
  const commits = (await readdir(join(folder, 'snapshots')).catch(() => [])).filter(isCommit).toSorted();
  if (commits.length === 0 && partialBytes === 0) return [];
  const nothing = { id, revision: undefined, commit: undefined, files: [], bytes: 0, kind: 'model' as const };
  if (commits.length === 0) return [{ ...nothing, partialBytes, complete: false }];
  return Promise.all(
    commits.map(async (commit) => {
      const revision = revisions.get(commit) ?? commit;
      return { id, revision, commit, partialBytes, ...(await describeSnapshot(cache, id, commit)) };
    }),
  );
}

type Described = Pick<CachedModel, 'files' | 'bytes' | 'kind' | 'complete'>;

async function describeSnapshot(cache: string, id: string, commit: string): Promise<Described> {
  const files = await snapshotFiles(cache, id, commit);
  const complete = (await completeFiles({ cache, id, commit })) !== undefined;
  const names = files.map(({ name }) => name);
  const tokenizer = names.includes('tokenizer.json') && names.every((name) => name.startsWith('tokenizer'));
  const whole = haveTheirSizes(files, await knownSizes(cache, id, commit));
  return {
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    kind: tokenizer ? 'tokenizer' : 'model',
    complete: complete || (tokenizer && whole),
  };
}

/** Commit → the revision that points to it; `main` before others. */
async function readRefs(folder: string): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  for (const { path, name } of await walk(folder)) {
    const commit = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (isCommit(commit) && (name === 'main' || !refs.has(commit))) refs.set(commit, name);
  }
  return refs;
}

async function sizeOfPartials(blobs: string): Promise<number> {
  const names = await readdir(blobs).catch(() => []);
  const partials = names.filter((name) => name.endsWith('.incomplete'));
  const sizes = partials.map((name) =>
    stat(join(blobs, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
