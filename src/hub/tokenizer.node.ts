/**
 * The tokenizer.json of a model: its own, or that of the model whose tokens it was trained on.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotFolder } from './cache-paths.node.ts';
import type { ModelFile } from './cached-model.node.ts';
import { cachedCommit } from './cached-model.node.ts';
import { fallbackTokenizer } from './fallback-tokenizer.ts';
import type { FileList } from './file-list.ts';
import { listFiles } from './file-list.ts';
import { HubError } from './hub-error.ts';
import { knownSizes } from './known-sizes.node.ts';
import type { Context } from './options.node.ts';
import type { RemoteFile } from './remote-file.ts';
import { describeFile } from './remote-file.ts';
import type { RepoId } from './repo-id.ts';
import { parseRepoId } from './repo-id.ts';

export interface Tokenizer {
  /** Of its model. */
  readonly id: string;
  /** Of tokenizer.json. */
  readonly path: string;
}

const file = 'tokenizer.json';

export interface ModelFolder {
  readonly id: string;
  readonly folder: string;
  readonly files: readonly Pick<ModelFile, 'name'>[];
}

/**
 * The tokenizer of a model in the cache. Undefined: it has none and no other model's is known to fit. 'missing': another
 * model's fits, and it has to be pulled.
 */
export async function findTokenizer(
  model: ModelFolder,
  { settings }: Context,
): Promise<Tokenizer | undefined | 'missing'> {
  const { id, folder, files } = model;
  if (files.some(({ name }) => name === file)) return { id, path: join(folder, file) };
  const other = fallbackTokenizer(await readFile(join(folder, 'config.json'), 'utf8').catch(() => ''));
  return other === undefined ? undefined : ((await cachedTokenizer(other, settings.cache)) ?? 'missing');
}

/** Another model's tokenizer, if the cache has it. */
export async function cachedTokenizer(id: string, cache: string): Promise<Tokenizer | undefined> {
  const commit = await cachedCommit(cache, parseRepoId(id));
  if (commit === undefined) return undefined;
  const path = join(snapshotFolder(cache, id, commit), file);
  const found = await stat(path).catch(() => undefined);
  const bytes = (await knownSizes(cache, id, commit)).get(file);
  return found?.isFile() && (bytes === undefined || bytes === found.size) ? { id, path } : undefined; // cut since its pull
}

export interface RemoteTokenizer {
  readonly repo: RepoId;
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

/** What there is to load when a model needs another one's tokenizer; undefined when nothing is missing. */
export async function missingTokenizer(
  config: string,
  names: FileList['names'],
  { client, settings }: Context,
): Promise<RemoteTokenizer | undefined> {
  const other = names.has(file) ? undefined : fallbackTokenizer(config);
  if (other === undefined || (await cachedTokenizer(other, settings.cache)) !== undefined) return undefined;
  const repo = parseRepoId(other);
  const list = await listFiles(repo, client);
  if (!list.names.has(file)) throw new HubError('entry', `${other}: expected a ${file}, got none`);
  const files: RemoteFile[] = [];
  for (const name of [file, 'tokenizer_config.json'].filter((one) => list.names.has(one))) {
    files.push(await describeFile({ ...repo, revision: list.commit }, name, client));
  }
  return { repo, commit: list.commit, files };
}
