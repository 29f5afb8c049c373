/**
 * The rules of discretize.ts for a dense A, as in HiPPO: h′ = A·h + B·u becomes h_t = Ā·h_{t−1} + B̄·u_t.
 *
 * One input channel: B is a column. Quotients become solves, exp becomes the matrix exponential. Complex A and B:
 * discretize-dense-complex.ts.
 */
import type { Discrete } from './discretize.ts';
import { expectAlpha } from './discretize.ts';
import { matrixIdentity, matrixSolve } from './matrix.ts';
import { matrixExponential } from './matrix-exponential.ts';
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** A (n, n), B (n) to aBar (n, n), bBar (n). */
export type DenseDiscretizationRule = (delta: number, A: Floats, B: Floats) => Discrete<Float64Array>;

/**
 * Zero-order hold through one exponential of a matrix with one more row:
 *
 *   exp([[ΔA, ΔB], [0, 0]]) = [[Ā, B̄], [0, 1]]     Ā = exp(ΔA)     B̄ = A⁻¹(exp(ΔA) − I)B
 *
 * No inverse is formed: it is right for a singular A, the zero matrix included.
 * Source: the Mamba paper, eq. 4; C. F. Van Loan, Computing integrals involving the matrix exponential, IEEE Trans.
 * Automat. Control 23(3), 1978.
 *
 * @param A (n, n)
 * @param B (n)
 * @throws RangeError when the lengths do not fit
 */
export function discretizeZohDense(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  const n = denseSize(A, B);
  const augmented = new Float64Array((n + 1) * (n + 1));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) augmented[i * (n + 1) + j] = delta * A[i * n + j]!;
    augmented[i * (n + 1) + n] = delta * B[i]!;
  }
  return splitLastColumn(n, matrixExponential(n + 1, augmented));
}

/**
 * Generalised bilinear, both results from one solve: (I − αΔA)·[Ā B̄] = [I + (1 − α)ΔA  ΔB].
 *
 * @param A (n, n)
 * @param B (n)
 * @throws RangeError unless 0 ≤ alpha ≤ 1, when the lengths do not fit, or when I − αΔA is singular
 */
export function discretizeBilinearDense(delta: number, A: Floats, B: Floats, alpha = 1 / 2): Discrete<Float64Array> {
  expectAlpha(alpha);
  const n = denseSize(A, B);
  const identity = matrixIdentity(n);
  const left = identity.map((entry, i) => entry - alpha * delta * A[i]!);
  const right = new Float64Array(n * (n + 1));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      right[i * (n + 1) + j] = identity[i * n + j]! + (1 - alpha) * delta * A[i * n + j]!;
    }
    right[i * (n + 1) + n] = delta * B[i]!;
  }
  return splitLastColumn(n, matrixSolve({ n, columns: n + 1 }, left, right));
}

/** Euler forward: Ā = I + ΔA, B̄ = ΔB. */
export function discretizeEulerDense(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  const n = denseSize(A, B);
  return {
    aBar: matrixIdentity(n).map((entry, i) => entry + delta * A[i]!),
    bBar: Float64Array.from(B, (entry) => delta * entry),
  };
}

/** Mamba's mixed form: Ā = exp(ΔA), B̄ = ΔB. Why Euler for B stands at `discretizeMamba`. */
export function discretizeMambaDense(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  const n = denseSize(A, B);
  return {
    aBar: matrixExponential(
      n,
      Float64Array.from(A, (entry) => delta * entry),
    ),
    bBar: Float64Array.from(B, (entry) => delta * entry),
  };
}

/** n, once A and B agree on it. */
function denseSize(A: Floats, B: Floats): number {
  const n = B.length;
  expectShape('A', A, { rows: n, columns: n });
  return n;
}

/** The first n rows of [Ā B̄], n + 1 columns wide. */
function splitLastColumn(n: number, joined: Float64Array): Discrete<Float64Array> {
  const rows = joined.subarray(0, n * (n + 1));
  return {
    aBar: rows.filter((_, i) => i % (n + 1) < n),
    bBar: rows.filter((_, i) => i % (n + 1) === n),
  };
}
