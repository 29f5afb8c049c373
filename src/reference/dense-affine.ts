/**
 * Affine maps h ↦ A·h + b with a matrix A, and the monoid they form: what a scan of a dense recurrence scans over.
 */
import { matrixIdentity, matrixMultiply } from './matrix.ts';
import type { Monoid } from './monoid.ts';
import type { Floats } from './types.ts';

export interface DenseAffine {
  readonly A: Float64Array; // (n, n)
  readonly b: Float64Array; // (n)
}

/**
 * Composition, the earlier map applied first. Even the A parts do not commute.
 *
 *   (A0, b0) ∘ (A1, b1) = (A1·A0, A1·b0 + b1)
 *
 * @param n rows of A
 */
export function denseAffine(n: number): Monoid<DenseAffine> {
  return {
    identity: { A: matrixIdentity(n), b: new Float64Array(n) },
    combine: (earlier, later) => ({
      A: matrixMultiply({ rows: n, inner: n, columns: n }, later.A, earlier.A),
      b: affineImage(later.A, earlier.b, later.b),
    }),
  };
}

/**
 * A·h + b
 *
 * @param A (n, n)
 * @param h (n)
 * @param b (n)
 * @throws RangeError when a length does not fit
 */
export function affineImage(A: Floats, h: Floats, b: Floats): Float64Array {
  const image = matrixMultiply({ rows: b.length, inner: h.length, columns: 1 }, A, h);
  return image.map((value, n) => value + b[n]!);
}
