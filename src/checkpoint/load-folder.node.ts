/**
 * A folder of a checkpoint → all that the reference is made of, weights in float64.
 */
import type { Weights } from '../reference/types.ts';
import type { LoadOptions } from './load-assigned.ts';
import { loadWeights } from './load-weights.ts';
import type { CheckpointFolder, OpenFolderOptions } from './open-folder.node.ts';
import { openFolder } from './open-folder.node.ts';

export interface LoadedFolder extends Omit<CheckpointFolder, 'withWeights'> {
  readonly weights: Weights;
}

export type LoadFolderOptions = OpenFolderOptions & Pick<LoadOptions, 'onProgress'>;

/**
 * Loads a folder, or a file of GGUF in one.
 * @throws CheckpointError (as a rejection) with one line: the folder or a file in it is missing or not
 * what it should be
 */
export async function loadFolder(path: string, options: LoadFolderOptions = {}): Promise<LoadedFolder> {
  const { withWeights, ...folder } = await openFolder(path, options);
  const weights = await withWeights((file) => loadWeights(file, folder.config, options));
  return { ...folder, weights };
}
