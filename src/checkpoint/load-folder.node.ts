/**
 * A folder of a checkpoint → all that the reference is made of, weights in float64.
 */
import type { Weights } from '../reference/types.ts';
import type { CheckpointConfig } from './config.ts';
import { expectMamba } from './config.ts';
import type { LoadOptions } from './load-assigned.ts';
import { loadWeights } from './load-weights.ts';
import type { FolderParts, OpenFolderOptions } from './open-folder.node.ts';
import { openFolder } from './open-folder.node.ts';

export interface LoadedFolder extends CheckpointConfig, Omit<FolderParts, 'withWeights'> {
  readonly weights: Weights;
}

export type LoadFolderOptions = OpenFolderOptions & Pick<LoadOptions, 'onProgress'>;

/**
 * Loads a folder, or a file of GGUF in one.
 * @throws CheckpointError (as a rejection) with one line: the folder or a file in it is missing or not
 * what it should be
 */
export async function loadFolder(path: string, options: LoadFolderOptions = {}): Promise<LoadedFolder> {
  const opened = await openFolder(path, options);
  const { withWeights, ...folder } = expectMamba(opened, path, 'has weights of this type');
  const weights = await withWeights((file) => loadWeights(file, folder.config, options));
  return { ...folder, weights };
}
