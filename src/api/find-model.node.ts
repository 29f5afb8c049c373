/**
 * What MODEL means: a folder, a file of GGUF, or a model's id on the hub, which is pulled when it is not in the cache.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { isGgufName } from '../checkpoint/open-weights.ts';
import type { HubOptions } from '../hub/index.node.ts';
import { HubError, looksLikePath, pullTokenizer, resolveModel } from '../hub/index.node.ts';

export interface FoundModel {
  /** A folder, or a file of GGUF. */
  readonly path: string;
  /** For people, where it is not the path's last part: a folder of the cache is called by a commit. */
  readonly name?: string | undefined;
  /** Where the folder itself may have none. */
  readonly tokenizerJsonPath?: string | undefined;
}

/** There is no model of that name: a wrong path, a wrong id, a file that is none. */
export class NoModelError extends Error {
  override readonly name = 'NoModelError';
}

/**
 * A folder goes before an id of the same spelling. A folder without a tokenizer gets the one that its config asks for.
 * @throws NoModelError (as a rejection) when there is nothing of that name; HubError: whatever keeps the hub's model from
 * being here
 */
export async function findModel(spec: string, options: HubOptions = {}): Promise<FoundModel> {
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory()) return { path: spec, tokenizerJsonPath: await tokenizerFor(spec, options) };
  if (found?.isFile() && isGgufName(spec)) return { path: spec };
  if (found !== undefined) throw new NoModelError(`expected a folder or a .gguf file, got the file "${spec}"`);
  if (looksLikePath(spec) || !/^[^/\s]+\/[^/\s]+$/.test(spec)) {
    throw new NoModelError(`expected a folder or an id on the hub (ORG/NAME), there is no "${spec}"`);
  }
  const { folder, id, tokenizerJsonPath } = await resolveModel(spec, options);
  return { path: folder, name: id, tokenizerJsonPath };
}

/** state-spaces' models come without a tokenizer. Undefined: the folder has one, or its reader says what is missing. */
async function tokenizerFor(folder: string, options: HubOptions): Promise<string | undefined> {
  if (await stat(join(folder, 'tokenizer.json')).catch(() => undefined)) return undefined;
  const config = await readFile(join(folder, 'config.json'), 'utf8').catch(() => undefined);
  if (config === undefined) return undefined;
  try {
    return (await pullTokenizer(config, options))?.path;
  } catch (cause) {
    if (!(cause instanceof HubError)) throw cause;
    const problem = `${folder}: expected a tokenizer.json, got none; and from the hub: ${cause.message}`;
    throw new HubError(cause.code, problem, { cause });
  }
}

/** How the checkpoint's reader opens it. */
export function folderOptions({ name, tokenizerJsonPath: path }: FoundModel): OpenFolderOptions {
  return { name, fallbackTokenizer: path === undefined ? undefined : () => readFile(path, 'utf8') };
}
