/**
 * Tensors that have their places → the record of weights they make, one after the other.
 */
import type { Assignment } from './assign-tensors.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import type { StoredTensor } from './tensor-file.ts';

export interface LoadOptions {
  /** What stands before every name; tensors without it are not looked at. Default '': all are. */
  readonly prefix?: string;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** Said after each tensor. Bytes are bytes of the file's tensors, so that loaded reaches total. */
export interface LoadProgress {
  readonly tensor: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** A place in the weights: a field of the model's, or of layer i's. */
interface Place {
  readonly field: string;
  readonly layer?: number;
}

type Fields = Record<string, Float64Array>;

/**
 * Reads every tensor into its field.
 * @param read the numbers of one tensor
 */
export async function loadAssigned<S extends Place>(
  nLayer: number,
  assignments: readonly Assignment<S>[],
  read: (assignment: Assignment<S>) => Promise<Float64Array>,
  onProgress: (progress: LoadProgress) => void = () => {},
): Promise<{ readonly layers: readonly Fields[] }> {
  const totalBytes = assignments.reduce((sum, { info }) => sum + info.end - info.begin, 0);
  let loadedBytes = 0;
  const model: Fields = {};
  const layers = Array.from({ length: nLayer }, (): Fields => ({}));
  for (const assignment of assignments) {
    const { slot, info } = assignment;
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    place[slot.field] = await read(assignment);
    loadedBytes += info.end - info.begin;
    onProgress({ tensor: info.name, loadedBytes, totalBytes });
  }
  return { ...model, layers };
}

/** All numbers of a tensor. Rounding: none. */
export async function readFloat64(info: StoredTensor): Promise<Float64Array> {
  const out = new Float64Array(elementCount(info));
  await readFloatRange(out, info, 0);
  return out;
}
