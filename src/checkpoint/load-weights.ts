/**
 * A file of tensors and a config → the weights of the reference, in float64.
 */
import type { MambaConfig, Weights } from '../reference/types.ts';
import { assignTensors, expectTiedHead } from './assign-tensors.ts';
import { logOfDecayInPlace } from './decay.ts';
import type { LoadOptions } from './load-assigned.ts';
import { loadAssigned, readFloat64 } from './load-assigned.ts';
import type { TensorFile } from './tensor-file.ts';
import { holdsDecay, mambaPlan } from './tensor-table.ts';

/**
 * Reads all weights. All names and shapes are checked before the first tensor is read.
 * GGUF holds A where the others hold aLog: see decay.ts for what its logarithm gives back.
 * A head beside a tied embedding is not needed; if it is there, it must equal the embedding, value by value.
 * @throws CheckpointError (as a rejection) when a tensor is missing, is not expected, or has another shape or no floats
 */
export async function loadWeights(
  file: TensorFile,
  config: MambaConfig,
  { prefix = '', onProgress }: LoadOptions = {},
): Promise<Weights> {
  const { assignments, tiedHead } = assignTensors(file, mambaPlan(config, file.dialect), prefix);
  const read = async ({ slot, info }: (typeof assignments)[number]) => {
    const numbers = await readFloat64(info);
    if (holdsDecay(file, slot)) logOfDecayInPlace(numbers, info);
    return numbers;
  };
  const weights = await loadAssigned(config.nLayer, assignments, read, onProgress);
  if (tiedHead !== undefined) await expectTiedHead(tiedHead, assignments[0]!.info);
  return weights as unknown as Weights; // the table has an entry for every field
}
