/**
 * Cells and matrices that are arrays here, and the rows of their views.
 */
import type { Cell, Matrix, View } from '../../src/engine/backend.ts';

export class HostCell implements Cell {
  readonly name: string;
  readonly kind: Cell['kind'];
  numbers: Float32Array;

  constructor(name: string, kind: Cell['kind'], length: number) {
    this.name = name;
    this.kind = kind;
    this.numbers = new Float32Array(length);
  }

  get length(): number {
    return this.numbers.length;
  }
}

export interface HostMatrix extends Matrix {
  readonly numbers: Float32Array;
}

export function numbersOf(cell: Cell): Float32Array {
  return (cell as HostCell).numbers;
}

/** Rows of a view, contiguous. */
export function gather({ cell, offset, stride }: View, rows: number, width: number): Float32Array {
  const numbers = numbersOf(cell);
  return Float32Array.from(
    { length: rows * width },
    (_, i) => numbers[offset + Math.floor(i / width) * stride + (i % width)]!,
  );
}

export function scatter({ cell, offset, stride }: View, rows: number, width: number, result: ArrayLike<number>): void {
  const numbers = numbersOf(cell);
  for (let i = 0; i < rows * width; i++) numbers[offset + Math.floor(i / width) * stride + (i % width)] = result[i]!;
}

/** Sequences lie end to end. */
export function boundsOf(bounds: Cell): number[] {
  const numbers = Array.from(numbersOf(bounds));
  return [0, ...numbers.filter((_, i) => i % 2 === 1)];
}
