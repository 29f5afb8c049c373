/**
 * exp(A) of a dense real matrix, for dense zero-order hold.
 *
 * Source: N. J. Higham, The scaling and squaring method for the matrix exponential revisited, SIAM J. Matrix Anal.
 * Appl. 26(4), 2005, §2.3 and Table 2.3. Only its highest degree is used: the lower ones save time, not digits.
 */
import { matrixIdentity, matrixMultiply, matrixSolve } from './matrix.ts';
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** Up to this 1-norm the Padé approximant of degree 13 has a backward error below u (Table 2.3). */
const theta13 = 5.371920351148152;

/** b_j = (26 − j)!·13!/(13!·(13 − j)!·j!): numerator Σ b_j·A^j, denominator Σ b_j·(−A)^j. */
const pade13 = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
];

/**
 * exp(A) = exp(A/2^s)^(2^s), with s the least that makes the 1-norm of A/2^s at most θ13.
 *
 * @param A (n, n)
 * @returns exp(A) (n, n), all NaN when the 1-norm of A is not finite
 * @throws RangeError when the length does not fit
 * Rounding: relative to the largest entry (measured: 25u for HiPPO-LegS up to 16 × 16 with Δ ≤ 1; 1,400u for 1 × 1 in
 * −24 … 24). The approximant cancels by up to exp(θ13), and each squaring doubles a relative error. Halving further, to
 * norm 1, helps the 1 × 1 case tenfold and costs HiPPO-LegS tenfold: squaring is what far from normal matrices suffer by.
 */
export function matrixExponential(n: number, A: Floats): Float64Array {
  expectShape('A', A, { rows: n, columns: n });
  const norm = oneNorm(n, A);
  if (!(norm < Infinity)) return new Float64Array(n * n).fill(NaN);
  if (norm <= theta13) return padeExponential(n, A);
  const half = matrixExponential(
    n,
    Float64Array.from(A, (value) => value / 2),
  );
  return product(n, half, half);
}

/** The Padé approximant r = (V − U)⁻¹(V + U), U the odd and V the even powers, of which only A², A⁴, A⁶ are formed. */
function padeExponential(n: number, A: Floats): Float64Array {
  const A2 = product(n, A, A);
  const A4 = product(n, A2, A2);
  const A6 = product(n, A4, A2);
  const even = [matrixIdentity(n), A2, A4, A6];

  // parity 0: b0 + b2·A² + … + b12·A¹²; parity 1: b1 + b3·A² + … + b13·A¹², to be multiplied by A.
  const series = (parity: 0 | 1): Float64Array => {
    const low = [0, 2, 4, 6].map((j) => pade13[j + parity]!);
    const high = [0, pade13[8 + parity]!, pade13[10 + parity]!, pade13[12 + parity]!];
    const upper = product(n, A6, weightedSum(high, even));
    return weightedSum([1, 1], [weightedSum(low, even), upper]);
  };
  const V = series(0);
  const U = product(n, A, series(1));
  return matrixSolve({ n, columns: n }, weightedSum([1, -1], [V, U]), weightedSum([1, 1], [V, U]));
}

/** max_j Σ_i |A[i,j]| */
function oneNorm(n: number, A: Floats): number {
  const columns = new Float64Array(n);
  A.forEach((value, i) => {
    columns[i % n]! += Math.abs(value);
  });
  return Math.max(0, ...columns);
}

function product(n: number, X: Floats, Y: Floats): Float64Array {
  return matrixMultiply({ rows: n, inner: n, columns: n }, X, Y);
}

/** Σ_i weights[i]·matrices[i] */
function weightedSum(weights: readonly number[], matrices: readonly Float64Array[]): Float64Array {
  return matrices[0]!.map((_, e) => matrices.reduce((sum, matrix, i) => sum + weights[i]! * matrix[e]!, 0));
}
