/**
 * A file of tensors and a config → the weights of the reference, in float64.
 */
import type { MambaConfig, Weights } from '../reference/types.ts';
import { assignTensors, expectTiedHead, holdsDecay } from './assign-tensors.ts';
import { logOfDecayInPlace } from './decay.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

export interface LoadOptions {
  /** What stands before every name; tensors without it are not looked at. Default '': all are. */
  readonly prefix?: string;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Said after each tensor. Bytes are bytes of the file's tensors, so that loaded reaches total. */
export interface LoadProgress {
  readonly tensor: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/**
 * Reads all weights. All names and shapes are checked before the first tensor is read.
 * GGUF holds A where the others hold aLog: see decay.ts for what its logarithm gives back.
 * A head beside a tied embedding is not needed; if it is there, it must equal the embedding, value by value.
 * @throws CheckpointError (as a rejection) when a tensor is missing, is not expected, or has another shape or no floats
 */
export async function loadWeights(
  file: TensorFile,
  config: MambaConfig,
  { prefix = '', onProgress = () => {} }: LoadOptions = {},
): Promise<Weights> {
  const { assignments, tiedHead } = assignTensors(file, config, prefix);
  const totalBytes = assignments.reduce((sum, { info }) => sum + info.end - info.begin, 0);
  let loadedBytes = 0;
  const model: Record<string, Float64Array> = {};
  const layers = Array.from({ length: config.nLayer }, (): Record<string, Float64Array> => ({}));
  for (const { slot, info } of assignments) {
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    place[slot.field] = await readFloats(info, holdsDecay(file, slot));
    loadedBytes += info.end - info.begin;
    onProgress({ tensor: info.name, loadedBytes, totalBytes });
  }
  const weights = { ...model, layers } as unknown as Weights; // the table has an entry for every field
  if (tiedHead !== undefined) await expectTiedHead(tiedHead, assignments[0]!.info);
  return weights;
}

async function readFloats(info: StoredTensor, decay: boolean): Promise<Float64Array> {
  const out = new Float64Array(elementCount(info));
  await readFloatRange(out, info, 0);
  if (decay) logOfDecayInPlace(out, info);
  return out;
}
