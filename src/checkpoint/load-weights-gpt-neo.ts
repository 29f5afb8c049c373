/**
 * A file of tensors and a config → the weights of the reference's GPT-Neo, in float64.
 */
import type { GptNeoConfig, GptNeoWeights } from '../reference/gpt-neo-types.ts';
import { assignTensors, expectTiedHead } from './assign-tensors.ts';
import type { LoadOptions } from './load-assigned.ts';
import { loadAssigned, readFloat64 } from './load-assigned.ts';
import type { TensorFile } from './tensor-file.ts';
import { gptNeoPlan } from './tensor-table-gpt-neo.ts';

/**
 * Reads all weights. All names and shapes are checked before the first tensor is read; the masks that old versions of
 * transformers saved are left out. A head is not needed; if it is there, it must equal the table of tokens, value by value.
 * @throws CheckpointError (as a rejection) when a tensor is missing, is not expected, or has another shape or no floats,
 * and for GGUF
 */
export async function loadGptNeoWeights(
  file: TensorFile,
  config: GptNeoConfig,
  { prefix = '', onProgress }: LoadOptions = {},
): Promise<GptNeoWeights> {
  const { assignments, tiedHead } = assignTensors(file, gptNeoPlan(file, config, prefix), prefix);
  const weights = await loadAssigned(config.nLayer, assignments, ({ info }) => readFloat64(info), onProgress);
  if (tiedHead !== undefined) await expectTiedHead(tiedHead, assignments[0]!.info);
  return weights as unknown as GptNeoWeights; // the table has an entry for every field
}
