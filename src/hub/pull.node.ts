/**
 * A model from the hub into the cache, or from the cache when all of it is there.
 */
import { readFile } from 'node:fs/promises';
import { snapshotFolder } from './cache-paths.node.ts';
import type { ModelFile } from './cached-model.node.ts';
import { cachedCommit, completeFiles, writeRef } from './cached-model.node.ts';
import { chooseFiles, shardNames } from './choose-files.ts';
import type { FileList } from './file-list.ts';
import { listFiles } from './file-list.ts';
import { HubError } from './hub-error.ts';
import { loadFile, loadFiles } from './load-files.node.ts';
import type { Context, HubOptions } from './options.node.ts';
import { openContext } from './options.node.ts';
import type { Client, RemoteFile } from './remote-file.ts';
import { describeFile } from './remote-file.ts';
import type { RepoId } from './repo-id.ts';
import { isCommit, parseRepoId } from './repo-id.ts';
import type { Tokenizer } from './tokenizer.node.ts';
import { findTokenizer, missingTokenizer } from './tokenizer.node.ts';

export interface PulledModel {
  readonly id: string;
  readonly revision: string;
  readonly commit: string;
  /** The snapshot: config.json, the weights and whatever else the model needs, under their names on the hub. */
  readonly folder: string;
  /** The tokenizer.json to use, in the folder or in another model's; undefined when none is known. */
  readonly tokenizerJsonPath: string | undefined;
  /** The model whose tokenizer that is. */
  readonly tokenizerId: string | undefined;
  readonly files: readonly ModelFile[];
}

/**
 * Pulls `ORG/NAME` or `ORG/NAME@REVISION`. Nothing is loaded that is there; a complete model of a known commit asks nobody.
 * @throws HubError (as a rejection) with one line; the signal's reason when that is aborted, and then what came stays
 */
export async function pullModel(spec: string, options: HubOptions = {}): Promise<PulledModel> {
  const repo = parseRepoId(spec);
  const context = await openContext(options);
  const cached = await cachedModel(repo, context);
  if (cached !== undefined && isCommit(repo.revision)) return cached;
  if (context.settings.offline) return cached ?? Promise.reject(notCached(repo, context));

  try {
    return await pullListed(repo, await listFiles(repo, patientClient(cached, context)), context);
  } catch (error) {
    if (cached === undefined || !isUnreachable(error)) throw error;
    options.onStale?.(error);
    return cached;
  }
}

/** Who has the model already does not wait long for news of it. */
function patientClient(cached: PulledModel | undefined, { client }: Context): Client {
  return cached === undefined ? client : { ...client, timing: { ...client.timing, retries: 0 } };
}

function isUnreachable(error: unknown): error is HubError {
  return error instanceof HubError && ['network', 'server', 'rate-limit'].includes(error.code);
}

function notCached({ id, revision }: RepoId, { settings }: Context): HubError {
  const cure = 'unset HF_HUB_OFFLINE, or pull it where there is a network';
  return new HubError('offline', `${id}@${revision}: expected it complete in ${settings.cache}, it is not; ${cure}`);
}

/** The model as it was last pulled, if all of it is there, its tokenizer included. */
async function cachedModel(repo: RepoId, context: Context): Promise<PulledModel | undefined> {
  const { cache } = context.settings;
  const commit = await cachedCommit(cache, repo);
  return commit === undefined ? undefined : completeModel(repo, { commit }, context);
}

async function completeModel(
  repo: RepoId,
  { commit, names, sizes }: Pick<FileList, 'commit'> & Partial<FileList>,
  context: Context,
): Promise<PulledModel | undefined> {
  const { cache } = context.settings;
  const files = await completeFiles({ cache, id: repo.id, commit, sizes }, names);
  if (files === undefined) return undefined;
  const folder = snapshotFolder(cache, repo.id, commit);
  const tokenizer = await findTokenizer({ id: repo.id, folder, files }, context);
  return tokenizer === 'missing' ? undefined : pulled(repo, { commit, files }, folder, tokenizer);
}

function pulled(
  { id, revision }: RepoId,
  has: { readonly commit: string; readonly files: readonly ModelFile[] },
  folder: string,
  tokenizer: Tokenizer | undefined,
): PulledModel {
  return { id, revision, ...has, folder, tokenizerJsonPath: tokenizer?.path, tokenizerId: tokenizer?.id };
}

async function pullListed(repo: RepoId, list: FileList, context: Context): Promise<PulledModel> {
  let model = await completeModel(repo, list, context);
  if (model === undefined) {
    await loadModel(repo, list, context);
    model = await completeModel(repo, list, context);
  }
  if (model === undefined) {
    throw new HubError('disk', `${repo.id}: expected a complete model after the pull, got less; run it again`);
  }
  await writeRef(context.settings.cache, repo, model.commit);
  return model;
}

/** The small files first that name others: the index its shards, the config its tokenizer. */
async function loadModel({ id }: RepoId, { commit, names }: FileList, context: Context): Promise<void> {
  const { client, settings, options } = context;
  const describe = (name: string) => describeFile({ id, revision: commit }, name, client);
  const readSmall = async (name: string) => readFile(await loadFile(await describe(name), context), 'utf8');
  const { companions, weights, sharded } = chooseFiles(names, id);
  const shards = sharded ? shardNames(await readSmall(weights), `${id}/${weights}`) : [];
  const config = await readSmall('config.json');
  options.onConfig?.(config);
  const tokenizer = await missingTokenizer(config, names, context);

  const files: RemoteFile[] = [];
  for (const name of [...companions, weights, ...shards]) files.push(await describe(name));
  await loadFiles([...files, ...(tokenizer?.files ?? [])], context);
  if (tokenizer !== undefined) await writeRef(settings.cache, tokenizer.repo, tokenizer.commit);
}
