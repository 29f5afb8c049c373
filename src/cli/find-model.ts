/**
 * What `--model` names: a folder, a file of GGUF, or a model's id on the hub, which is pulled when it is not in the cache.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { isGgufName } from '../checkpoint/open-weights.ts';
import { HubError, looksLikePath, pullTokenizer, resolveModel } from '../hub/index.node.ts';
import { createPullProgress, watchPull } from './pull-progress.ts';

export interface FoundModel {
  /** A folder, or a file of GGUF. */
  readonly path: string;
  /** For people, where it is not the path's last part: a folder of the cache is called by a commit. */
  readonly name?: string | undefined;
  /** Where the folder itself may have none. */
  readonly tokenizerJsonPath?: string | undefined;
}

/**
 * @throws Error with one line: there is nothing of that name
 * @throws HubError whatever keeps the hub's model from being here
 */
export async function findModel(spec: string, signal?: AbortSignal): Promise<FoundModel> {
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory()) return withTokenizer(spec, signal);
  if (found?.isFile() && isGgufName(spec)) return { path: spec };
  if (found !== undefined) throw new Error(`--model expected a folder or a .gguf file, got the file "${spec}"`);
  if (looksLikePath(spec) || !/^[^/\s]+\/[^/\s]+$/.test(spec)) {
    throw new Error(`--model expected a folder or an id on the hub (ORG/NAME), there is no "${spec}"`);
  }
  const progress = createPullProgress();
  try {
    const { folder, id, tokenizerJsonPath } = await resolveModel(spec, { signal, ...watchPull(progress) });
    return { path: folder, name: id, tokenizerJsonPath };
  } finally {
    progress.clear();
  }
}

/** A folder as it is; where it has no tokenizer, as state-spaces' have none, with the one that its config asks for. */
async function withTokenizer(path: string, signal: AbortSignal | undefined): Promise<FoundModel> {
  if (await stat(join(path, 'tokenizer.json')).catch(() => undefined)) return { path };
  const config = await readFile(join(path, 'config.json'), 'utf8').catch(() => undefined);
  if (config === undefined) return { path }; // its reader says what is missing
  const progress = createPullProgress();
  try {
    const tokenizer = await pullTokenizer(config, { signal, ...watchPull(progress) });
    return { path, tokenizerJsonPath: tokenizer?.path };
  } catch (cause) {
    if (!(cause instanceof HubError)) throw cause;
    throw new Error(`${path}: expected a tokenizer.json, got none; and from the hub: ${cause.message}`, { cause });
  } finally {
    progress.clear();
  }
}

/** How the checkpoint's reader opens it. */
export function folderOptions({ name, tokenizerJsonPath: path }: FoundModel): OpenFolderOptions {
  return { name, fallbackTokenizer: path === undefined ? undefined : () => readFile(path, 'utf8') };
}
