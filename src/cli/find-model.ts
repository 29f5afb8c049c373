/**
 * What `--model` names: a folder, a file of GGUF, or a model's id on the hub, which is pulled when it is not in the cache.
 */
import { readFile, stat } from 'node:fs/promises';
import type { OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { isGgufName } from '../checkpoint/open-weights.ts';
import { looksLikePath, resolveModel } from '../hub/index.node.ts';
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
 * @param flag what errors call the name
 * @throws Error with one line: there is nothing of that name
 * @throws HubError whatever keeps the hub's model from being here
 */
export async function findModel(spec: string, signal?: AbortSignal, flag = '--model'): Promise<FoundModel> {
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory() || (found?.isFile() && isGgufName(spec))) return { path: spec };
  if (found !== undefined) throw new Error(`${flag} expected a folder or a .gguf file, got the file "${spec}"`);
  if (looksLikePath(spec) || !/^[^/\s]+\/[^/\s]+$/.test(spec)) {
    throw new Error(`${flag} expected a folder or an id on the hub (ORG/NAME), there is no "${spec}"`);
  }
  const progress = createPullProgress();
  try {
    const { folder, id, tokenizerJsonPath } = await resolveModel(spec, { signal, ...watchPull(progress) });
    return { path: folder, name: id, tokenizerJsonPath };
  } finally {
    progress.clear();
  }
}

/** How the checkpoint's reader opens it. */
export function folderOptions({ name, tokenizerJsonPath: path }: FoundModel): OpenFolderOptions {
  return { name, fallbackTokenizer: path === undefined ? undefined : () => readFile(path, 'utf8') };
}
