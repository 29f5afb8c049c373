/**
 * Initialisations of A: the dense HiPPO matrix and the diagonal ones that stand in for it.
 *
 * Sources: Gu et al., HiPPO, arXiv:2008.07669, Theorem 2 (LegS); Gu et al., On the Parameterization and Initialization
 * of Diagonal State Space Models (S4D), arXiv:2206.11893, §4. Mamba's own A = −exp(aLog) starts as S4D-Real.
 * The complex ones come in conjugate pairs of which one half is kept: y = 2·Re(Σ C·h) over dState/2 entries.
 */
import { expectSize } from './shapes.ts';

export interface HippoLegS {
  readonly A: Float64Array; // (dState, dState)
  readonly B: Float64Array; // (dState)
}

/**
 * HiPPO-LegS: h holds the coefficients of the input's past in Legendre polynomials.
 *
 *   A[n,k] = −√(2n + 1)·√(2k + 1)  n > k        B[n] = √(2n + 1)
 *            −(n + 1)              n = k
 *            0                     n < k
 *
 * The sign is the one for h′ = A·h + B·u. HiPPO's own h′(t) = (A·h + B·u)/t has the same pair; here 1/t is Δ.
 *
 * @throws RangeError unless dState is an integer ≥ 0
 */
export function hippoLegS(dState: number): HippoLegS {
  expectSize('dState', dState);
  const A = new Float64Array(dState * dState);
  for (let n = 0; n < dState; n++) {
    for (let k = 0; k < n; k++) A[n * dState + k] = -Math.sqrt((2 * n + 1) * (2 * k + 1));
    A[n * dState + n] = -(n + 1);
  }
  return { A, B: Float64Array.from({ length: dState }, (_, n) => Math.sqrt(2 * n + 1)) };
}

/**
 * S4D-Lin: A_n = −1/2 + i·πn.
 *
 * @param dState states counted with their conjugates, even
 * @returns (dState/2, 2)
 * @throws RangeError unless dState is an even integer ≥ 0
 */
export function s4dLin(dState: number): Float64Array {
  return conjugateHalf(dState, (n) => Math.PI * n);
}

/**
 * S4D-Inv: A_n = −1/2 + i·(N/π)·(N/(2n + 1) − 1) with N = dState, close to the eigenvalues of HiPPO-LegS's normal part.
 *
 * @param dState states counted with their conjugates, even
 * @returns (dState/2, 2)
 * @throws RangeError unless dState is an even integer ≥ 0
 */
export function s4dInv(dState: number): Float64Array {
  return conjugateHalf(dState, (n) => (dState / Math.PI) * (dState / (2 * n + 1) - 1));
}

/**
 * S4D-Real: A_n = −(n + 1), the diagonal of HiPPO-LegS.
 *
 * @returns (dState), real
 * @throws RangeError unless dState is an integer ≥ 0
 */
export function s4dReal(dState: number): Float64Array {
  expectSize('dState', dState);
  return Float64Array.from({ length: dState }, (_, n) => -(n + 1));
}

/** −1/2 + i·imaginary(n) for n < dState/2. */
function conjugateHalf(dState: number, imaginary: (n: number) => number): Float64Array {
  if (!(Number.isInteger(dState) && dState >= 0 && dState % 2 === 0)) {
    throw new RangeError(`"dState" expected an even integer ≥ 0, got ${dState}`);
  }
  return Float64Array.from({ length: dState }, (_, i) => (i % 2 === 0 ? -1 / 2 : imaginary((i - 1) / 2)));
}
