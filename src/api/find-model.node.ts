/**
 * What MODEL means: a folder, a file of GGUF, or a model's id on the hub, which is pulled when it is not in the cache.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileSource } from '../checkpoint/file-source.node.ts';
import type { OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { isGgufName, weightFiles } from '../checkpoint/open-weights.ts';
import { readSourceText } from '../checkpoint/source-text.ts';
import type { HubOptions } from '../hub/index.node.ts';
import { HubError, looksLikePath, pullModel, pullTokenizer } from '../hub/index.node.ts';

export interface FoundModel {
  /** A folder, or a file of GGUF. */
  readonly path: string;
  /** For people, where it is not the path's last part: a folder of the cache is called by a commit. */
  readonly name?: string | undefined;
  /** Where the folder itself may have none. */
  readonly tokenizerJsonPath?: string | undefined;
  /** The model on the hub whose tokenizer that is, when it is another one. */
  readonly tokenizerId?: string | undefined;
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
  if (found?.isDirectory()) return { path: spec, ...(await tokenizerFor(spec, options)) };
  if (found?.isFile() && isGgufName(spec)) return { path: spec };
  if (found !== undefined) throw new NoModelError(`expected a folder or a .gguf file, got the file "${spec}"`);
  if (looksLikePath(spec) || isGgufName(spec) || !looksLikeId(spec)) {
    throw new NoModelError(`expected a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "${spec}"`);
  }
  const model = await pullModel(spec, options).catch((cause: unknown) => {
    if (!(cause instanceof HubError && ['not-found', 'offline'].includes(cause.code))) throw cause;
    throw new HubError(cause.code, `${cause.message}; nor is there a folder "${spec}" here`, { cause });
  });
  const { folder, id, tokenizerJsonPath, tokenizerId } = model;
  return { path: folder, name: id, tokenizerJsonPath, ...(tokenizerId !== id && { tokenizerId }) };
}

/** ORG/NAME, or ORG/NAME@REVISION, whose revision may have slashes. */
function looksLikeId(spec: string): boolean {
  return /^[^/\s@]+\/[^/\s@]+(?:@\S+)?$/.test(spec);
}

type FoundTokenizer = Pick<FoundModel, 'tokenizerJsonPath' | 'tokenizerId'>;

/** state-spaces' models come without a tokenizer. Nothing: the folder has one, or its reader says what is missing. */
async function tokenizerFor(folder: string, options: HubOptions): Promise<FoundTokenizer> {
  const files = await readdir(folder).catch((): string[] => []);
  const has = (name: string) => files.includes(name);
  if (has('tokenizer.json') || !has('config.json') || (files.some(isGgufName) && !weightFiles.some(has))) return {};
  const config = await readText(join(folder, 'config.json'));
  try {
    const tokenizer = await pullTokenizer(config, options);
    return { tokenizerJsonPath: tokenizer?.path, tokenizerId: tokenizer?.id };
  } catch (cause) {
    if (!(cause instanceof HubError)) throw cause;
    const problem = `${folder}: expected a tokenizer.json, got none; and from the hub: ${cause.message}`;
    throw new HubError(cause.code, problem, { cause });
  }
}

/** A regular file of text. @throws CheckpointError when it is none */
async function readText(path: string): Promise<string> {
  const source = await openFileSource(path);
  try {
    return await readSourceText(source);
  } finally {
    await source.close();
  }
}

/** How the checkpoint's reader opens it. */
export function folderOptions({ name, tokenizerJsonPath: path }: FoundModel): OpenFolderOptions {
  return { name, fallbackTokenizer: path === undefined ? undefined : () => readFile(path, 'utf8') };
}
