/**
 * What a model occupies on a device, known before anything is read.
 */
import type { WeightPlace } from '../checkpoint/index.ts';
import { rowsOf } from '../checkpoint/index.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { WeightDtype } from './backend.ts';

export const weightDtypes: readonly WeightDtype[] = ['f32', 'bf16', 'f16', 'q8_0'];

/** Numbers in a block of q8_0. */
export const blockLength = 32;

const matrixFields: ReadonlySet<string> = new Set([
  ...['embeddingWeight', 'lmHeadWeight', 'inProjWeight', 'xProjWeight', 'dtProjWeight', 'outProjWeight'],
  ...['wteWeight', 'wpeWeight', 'qProjWeight', 'kProjWeight', 'vProjWeight', 'fcWeight', 'projWeight'],
]);

/** A row of it a token is all that is ever read: float32 costs nothing. */
const alwaysFloat32 = 'wpeWeight';

/** Whether a weight is a matrix; all others (convolution, A, D, norms, biases) are float32 always. */
export function isMatrix({ field }: Pick<WeightPlace, 'field'>): boolean {
  return matrixFields.has(field);
}

/** q8_0 wants rows of whole blocks; a matrix with others stays float32, as does the table of positions. */
export function dtypeOf(slot: WeightPlace, dtype: WeightDtype): WeightDtype {
  if (!isMatrix(slot) || slot.field === alwaysFloat32) return 'f32';
  return dtype === 'q8_0' && rowsOf(slot).width % blockLength !== 0 ? 'f32' : dtype;
}

/** Bytes of one weight number; q8_0: one a number and a float32 scale a block. */
export const bytesPerNumber: Readonly<Record<WeightDtype, number>> = {
  f32: 4,
  bf16: 2,
  f16: 2,
  q8_0: 1 + 4 / blockLength,
};

export function weightBytes(slot: WeightPlace, dtype: WeightDtype): number {
  const { rows, width } = rowsOf(slot);
  return rows * width * bytesPerNumber[dtypeOf(slot, dtype)];
}

/** Bytes of one layer's states of one sequence: the same however long the text. */
export function layerStateBytes({ dInner, dState, dConv }: MambaConfig): number {
  return 4 * dInner * (dConv - 1 + dState);
}

/** Bytes of the activations of a chunk. */
export function activationBytes({ dModel, dInner, dState, dtRank }: MambaConfig, rows: number): number {
  return 4 * rows * (2 * dModel + 5 * dInner + dtRank + 2 * dState);
}
