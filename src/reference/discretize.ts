/**
 * Discretization of a scalar state space model, or of one entry of a diagonal one (paper, §2, eq. 1, 2 and 4):
 *
 *   h′(t) = a·h(t) + b·u(t)   becomes   h_t = ā·h_{t−1} + b̄·u_t   with step size Δ.
 *
 * Four rules side by side. They agree to first order in Δ and differ in what they assume about a step's inside.
 * Complex entries: discretize-complex.ts; matrices: discretize-dense.ts; Δ and B of each token: discretize-selective.ts.
 */

/** The discrete pair (Ā, B̄) of a scalar, a complex number or an array. */
export interface Discrete<T> {
  readonly aBar: T;
  readonly bBar: T;
}

/** One of the four rules below, for scalars. */
export type DiscretizationRule = (delta: number, a: number, b: number) => Discrete<number>;

/**
 * Zero-order hold: exact if the input keeps the value u_t during the whole step.
 *
 *   ā = exp(Δa)     b̄ = (exp(Δa) − 1)/a·b = Δ·φ(Δa)·b     φ(x) = (exp(x) − 1)/x
 *
 * Source: the Mamba paper, eq. 4. The form with φ needs no division by a: it is right at a = 0, where b̄ = Δb.
 * Rounding: ā within 1 ulp of exp(fl(Δa)), b̄ within 5u of Δ·φ(fl(Δa))·b.
 */
export function discretizeZoh(delta: number, a: number, b: number): Discrete<number> {
  return { aBar: Math.exp(delta * a), bBar: delta * expm1Over(delta * a) * b };
}

/**
 * The generalised bilinear transform: the step's slope is α times that at its end plus 1 − α times that at its start.
 *
 *   ā = (1 + (1 − α)Δa)/(1 − αΔa)     b̄ = Δb/(1 − αΔa)
 *
 * α = 0 is Euler forward, 1/2 the bilinear (Tustin) rule of S4, 1 Euler backward. For a ≤ 0 and α ≥ 1/2, |ā| ≤ 1
 * whatever Δ ≥ 0. Source: Gu et al., arXiv:2111.00396 (S4), eq. 3, for α = 1/2; Zhang, Chen & Chen,
 * Digital redesign via the generalised bilinear transformation, Int. J. Control 82(4), 2009, for any α.
 *
 * @throws RangeError unless 0 ≤ alpha ≤ 1
 */
export function discretizeBilinear(delta: number, a: number, b: number, alpha = 1 / 2): Discrete<number> {
  expectAlpha(alpha);
  const denominator = 1 - alpha * delta * a;
  return { aBar: (1 + (1 - alpha) * delta * a) / denominator, bBar: (delta * b) / denominator };
}

/**
 * Euler forward: the slope at the step's start, ā = 1 + Δa, b̄ = Δb. The start of both exponentials' series.
 * Not stable once |1 + Δa| > 1, that is for real a < −2/Δ.
 */
export function discretizeEuler(delta: number, a: number, b: number): Discrete<number> {
  return { aBar: 1 + delta * a, bBar: delta * b };
}

/**
 * Mamba's mixed form: zero-order hold for A, Euler for B.
 *
 *   ā = exp(Δa)     b̄ = Δ·b
 *
 * Why Euler for B, when the paper's eq. 4 says zero-order hold? It is a simplification that the authors made in their
 * code (`selective_scan_ref` forms Δ·B·u), and every trained checkpoint relies on it. It costs little:
 * - the two agree to first order, Δ·φ(Δa)·b = Δb·(1 + Δa/2 + …), so b̄ is off by Δ²ab/2 + O(Δ³), and Δ is small
 *   (initialised in 0.001 … 0.1);
 * - the factor φ(Δa) it drops only scales the input of one state, and B, Δ and u are learned: training absorbs it;
 * - it saves an expm1 and a division per (t, d, n), and B̄·u = B·(Δ·u) then needs no array of shape (L, dInner, N).
 * A has no such freedom: ā is applied L times over, and exp(Δa) keeps 0 < ā ≤ 1 for every real a ≤ 0 and Δ ≥ 0, where
 * Euler's 1 + Δa does not. What is lost: the gate of the paper's Theorem 1 is exact under zero-order hold only.
 */
export function discretizeMamba(delta: number, a: number, b: number): Discrete<number> {
  return { aBar: Math.exp(delta * a), bBar: delta * b };
}

/**
 * φ(x) = (exp(x) − 1)/x, with φ(0) = 1: the mean of exp over [0, x].
 *
 * Domain x ≤ 709.78; above it exp(x) overflows, and so does φ. φ(−Infinity) = 0.
 * Rounding: within 3u, given an expm1 within 1 ulp. With exp(x) − 1 nothing would be left below x = 1e-16.
 */
export function expm1Over(x: number): number {
  return x === 0 ? 1 : Math.expm1(x) / x;
}

/** Terms of φ′'s series: for |x| < 1 what is left out is below 4e-19. */
const seriesTerms = 18;

/**
 * φ′(x) = (exp(x) − φ(x))/x, with φ′(0) = 1/2.
 *
 *   φ′(x) = Σ_k x^k/(k!·(k + 2)) = ½·(1 + x·2/(1·3)·(1 + x·3/(2·4)·(1 + …)))   for |x| < 1, where the difference cancels
 *           (exp(x) − φ(x))/x                                                  otherwise
 *
 * Domain x ≤ 709.78; above it NaN, as exp(x) − φ(x) is Infinity − Infinity. φ′(−Infinity) = 0.
 * Rounding: within 6u.
 */
export function expm1OverDerivative(x: number): number {
  if (!(Math.abs(x) < 1)) return (Math.exp(x) - expm1Over(x)) / x;
  let sum = 1;
  for (let k = seriesTerms; k >= 1; k--) sum = 1 + (x * (k + 1) * sum) / (k * (k + 2));
  return sum / 2;
}

/** @throws RangeError unless α lies in [0, 1] */
export function expectAlpha(alpha: number): void {
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`"alpha" expected a number in [0, 1], got ${alpha}`);
}
