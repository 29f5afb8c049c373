/**
 * Where a target puts a problem's operands, so that every Backend runs the same calls (backend-operations.ts).
 */
import type { Cell, Matrix, View, WeightDtype } from '../engine/backend.ts';

export interface Operands {
  /** An operand that the operation only reads. */
  floats(name: string, data: Float32Array): Cell;
  integers(name: string, data: Uint32Array): Cell;
  /** (rows, width), `rows` = data.length/width, with the problem's gaps for this name beside them. */
  rows(name: string, data: Float32Array, width: number): View;
  /** Rows that the operation writes, or first reads where `old` is given. They are the result `result`. */
  out(name: string, shape: readonly [rows: number, width: number], options: OutOptions): View;
  /** A cell that the operation writes, or first reads where `old` is given. */
  outCell(result: string, kind: Cell['kind'], length: number, old?: Float32Array): Cell;
  /** A cell that the operation may write as it likes: no result. */
  room(name: string, length: number): Cell;
  matrix(name: string, data: Float32Array, shape: readonly [rows: number, columns: number], dtype: WeightDtype): Matrix;
}

export interface OutOptions {
  readonly result: string;
  readonly old?: Float32Array | undefined;
}
