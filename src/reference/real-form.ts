/**
 * Complex matrices as real ones of twice the size. The map keeps sums, products, inverses and therefore exponentials,
 * so that one real implementation of those serves the complex case too.
 *
 *   Z ↦ [[Re Z, −Im Z], [Im Z, Re Z]]
 */
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

export interface RealFormDims {
  readonly rows: number; // of the complex matrix
  readonly columns: number;
}

/**
 * The real form of a complex matrix. The left half alone, [Re Z; Im Z], already determines Z.
 *
 * @param Z (rows, columns, 2)
 * @returns (2·rows, 2·columns)
 * @throws RangeError when the length does not fit `dims`
 */
export function realForm({ rows, columns }: RealFormDims, Z: Floats): Float64Array {
  expectShape('Z', Z, { rows, columns, complex: 2 });
  const R = new Float64Array(4 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const re = Z[2 * (i * columns + j)]!;
      const im = Z[2 * (i * columns + j) + 1]!;
      const top = i * 2 * columns + j;
      const bottom = (rows + i) * 2 * columns + j;
      R[top] = re;
      R[top + columns] = -im;
      R[bottom] = im;
      R[bottom + columns] = re;
    }
  }
  return R;
}

/**
 * The complex matrix of a real form, read from its left half.
 *
 * @param R (2·rows, 2·columns)
 * @returns Z (rows, columns, 2)
 * @throws RangeError when the length does not fit `dims`
 */
export function complexForm({ rows, columns }: RealFormDims, R: Floats): Float64Array {
  expectShape('R', R, { doubleRows: 2 * rows, doubleColumns: 2 * columns });
  const Z = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      Z[2 * (i * columns + j)] = R[i * 2 * columns + j]!;
      Z[2 * (i * columns + j) + 1] = R[(rows + i) * 2 * columns + j]!;
    }
  }
  return Z;
}

/** A complex vector (n, 2) as the real column [Re z; Im z] (2n): what the real form of a matrix acts on. */
export function realColumn(z: Floats): Float64Array {
  const n = z.length / 2;
  return Float64Array.from({ length: 2 * n }, (_, i) => (i < n ? z[2 * i]! : z[2 * (i - n) + 1]!));
}

/** The complex vector (n, 2) of a real column (2n). */
export function complexColumn(r: Floats): Float64Array {
  const n = r.length / 2;
  return Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? r[i / 2]! : r[n + (i - 1) / 2]!));
}
