/**
 * Small dense real matrices, row-major in a Float64Array: what dense discretization needs, and no more.
 * Not for speed: the model's own products are `linear`.
 */
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** The n × n identity. */
export function matrixIdentity(n: number): Float64Array {
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return identity;
}

export interface MatrixProductDims {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * Z[i,j] = Σ_k X[i,k]·Y[k,j]
 *
 * @param X (rows, inner)
 * @param Y (inner, columns)
 * @returns Z (rows, columns)
 * @throws RangeError when a length does not fit `dims`
 * Rounding: summed over k in ascending order.
 */
export function matrixMultiply(dims: MatrixProductDims, X: Floats, Y: Floats): Float64Array {
  const { rows, inner, columns } = dims;
  expectShape('X', X, { rows, inner });
  expectShape('Y', Y, { inner, columns });

  const Z = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) Z[i * columns + j]! += X[i * inner + k]! * Y[k * columns + j]!;
    }
  }
  return Z;
}

export interface MatrixSolveDims {
  readonly n: number;
  /** Right-hand sides, side by side. */
  readonly columns: number;
}

/**
 * Solves A·X = Y by Gaussian elimination with partial pivoting.
 *
 * Source: Golub & Van Loan, Matrix Computations, 4th ed., §3.4.
 *
 * @param A (n, n)
 * @param Y (n, columns)
 * @returns X (n, columns)
 * @throws RangeError when a length does not fit, or a column has no pivot but an exact 0. NaN propagates.
 * Rounding: X solves a system whose A is off by a few n·u·|A|, unless pivots grow, which they rarely do.
 */
export function matrixSolve(dims: MatrixSolveDims, A: Floats, Y: Floats): Float64Array {
  const { n, columns } = dims;
  expectShape('A', A, { rows: n, columns: n });
  expectShape('Y', Y, { n, columns });
  const left = matrixRows(A, n, n);
  const right = matrixRows(Y, n, columns);

  // Downwards: make the columns below the diagonal 0.
  for (let k = 0; k < n; k++) {
    const pivot = pivotRow(left, k);
    [left[k], left[pivot]] = [left[pivot]!, left[k]!];
    [right[k], right[pivot]] = [right[pivot]!, right[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = left[i]![k]! / left[k]![k]!;
      subtractInto(left[i]!, factor, left[k]!);
      subtractInto(right[i]!, factor, right[k]!);
    }
  }

  // Upwards: each row is solved once those below it are.
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractInto(right[i]!, left[i]![k]!, right[k]!);
    right[i] = right[i]!.map((value) => value / left[i]![i]!);
  }
  return Float64Array.from(right.flatMap((row) => [...row]));
}

/** The row at or below k with the largest |entry| in column k; k itself if a NaN stands in the column. */
function pivotRow(rows: readonly Float64Array[], k: number): number {
  const sizes = rows.slice(k).map((row) => Math.abs(row[k]!));
  const largest = Math.max(...sizes);
  if (largest === 0) throw new RangeError(`"A" expected a nonsingular matrix, got no pivot in column ${k}`);
  return Math.max(k, k + sizes.indexOf(largest));
}

/** The rows of a matrix, copied. */
function matrixRows(data: Floats, n: number, columns: number): Float64Array[] {
  return Array.from({ length: n }, (_, i) => Float64Array.from(data.subarray(i * columns, (i + 1) * columns)));
}

/** target −= factor·row */
function subtractInto(target: Float64Array, factor: number, row: Float64Array): void {
  for (let j = 0; j < target.length; j++) target[j]! -= factor * row[j]!;
}
