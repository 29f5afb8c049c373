/**
 * How the weights of each dtype lie in memory, and which kernels read them. The layouts are in assembly/.
 */
import type { WeightDtype } from '../engine/backend.ts';
import type { OperationName } from './operations.ts';
import type { Work } from './program.ts';

export interface MatrixFormat {
  /** Of so many rows from the first one on; of q8_0 in whole groups of four rows. */
  readonly bytes: (rows: number, columns: number) => number;
  /** Rows that lie woven into each other: pieces begin at a multiple of it. */
  readonly rowsTogether: number;
  /** Rounds float32 rows to the dtype; float32 itself is copied. */
  readonly pack?: OperationName;
  readonly embed: OperationName;
  readonly linear: OperationName;
  /** Weight rows in a unit of work. */
  readonly rowsInUnit: number;
}

const plain = { rowsTogether: 1, rowsInUnit: 4 };

export const matrixFormats: Readonly<Record<WeightDtype, MatrixFormat>> = {
  f32: { ...plain, bytes: (rows, columns) => 4 * rows * columns, embed: 'embedF32', linear: 'linearF32' },
  bf16: { ...plain, bytes: halves, pack: 'packBf16', embed: 'embedBf16', linear: 'linearBf16' },
  f16: { ...plain, bytes: halves, pack: 'packF16', embed: 'embedF16', linear: 'linearF16' },
  q8_0: { bytes: blocks, rowsTogether: 4, rowsInUnit: 16, pack: 'packQ8', embed: 'embedQ8', linear: 'linearQ8' },
};

function halves(rows: number, columns: number): number {
  return 2 * rows * columns;
}

/** 36 bytes a block of 32. */
function blocks(rows: number, columns: number): number {
  return 4 * Math.ceil(rows / 4) * (columns / 32) * 36;
}

/** With many tokens a thread takes more units at a time: they share the tokens in its cache. */
export function linearWork(rows: number, units: number, threads: number): Work {
  return { units, grain: Math.max(rows > 4 ? 4 : 1, Math.ceil(units / (8 * threads))) };
}
