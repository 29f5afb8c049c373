/**
 * The rules of discretize.ts for a complex entry a, as in S4D's diagonal A. Δ stays real.
 *
 * The same four formulas with complex arithmetic; what each rule means, and where it comes from, stands there.
 */

import type { Complex } from './complex.ts';
import { absolute, add, complexAt, divide, exp, multiply, one, scale, subtract } from './complex.ts';
import type { Discrete } from './discretize.ts';
import { expectAlpha } from './discretize.ts';
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

export type ComplexDiscretizationRule = (delta: number, a: Complex, b: Complex) => Discrete<Complex>;

/** Zero-order hold: ā = exp(Δa), b̄ = Δ·φ(Δa)·b. */
export function discretizeZohComplex(delta: number, a: Complex, b: Complex): Discrete<Complex> {
  const deltaA = scale(delta, a);
  return { aBar: exp(deltaA), bBar: multiply(scale(delta, expm1OverComplex(deltaA)), b) };
}

/**
 * Generalised bilinear: ā = (1 + (1 − α)Δa)/(1 − αΔa), b̄ = Δb/(1 − αΔa).
 * @throws RangeError unless 0 ≤ alpha ≤ 1
 */
export function discretizeBilinearComplex(delta: number, a: Complex, b: Complex, alpha = 1 / 2): Discrete<Complex> {
  expectAlpha(alpha);
  const numerator = add(one, scale((1 - alpha) * delta, a));
  const denominator = subtract(one, scale(alpha * delta, a));
  return { aBar: divide(numerator, denominator), bBar: divide(scale(delta, b), denominator) };
}

/** Euler forward: ā = 1 + Δa, b̄ = Δb. Never stable on the imaginary axis. */
export function discretizeEulerComplex(delta: number, a: Complex, b: Complex): Discrete<Complex> {
  return { aBar: add(one, scale(delta, a)), bBar: scale(delta, b) };
}

/** Mamba's mixed form: ā = exp(Δa), b̄ = Δb. Why Euler for B stands at `discretizeMamba`. */
export function discretizeMambaComplex(delta: number, a: Complex, b: Complex): Discrete<Complex> {
  return { aBar: exp(scale(delta, a)), bBar: scale(delta, b) };
}

/**
 * Applies a rule to every entry of a diagonal A.
 *
 * @param A (dState, 2)
 * @param B (dState, 2)
 * @returns aBar, bBar (dState, 2)
 * @throws RangeError when the lengths do not fit
 */
export function discretizeDiagonal(
  delta: number,
  A: Floats,
  B: Floats,
  rule: ComplexDiscretizationRule = discretizeZohComplex,
): Discrete<Float64Array> {
  const dState = Math.floor(A.length / 2);
  expectShape('A', A, { dState, complex: 2 });
  expectShape('B', B, { dState, complex: 2 });

  const aBar = new Float64Array(2 * dState);
  const bBar = new Float64Array(2 * dState);
  for (let n = 0; n < dState; n++) {
    const entry = rule(delta, complexAt(A, n), complexAt(B, n));
    aBar.set(entry.aBar, 2 * n);
    bBar.set(entry.bBar, 2 * n);
  }
  return { aBar, bBar };
}

/**
 * φ(z) = (exp(z) − 1)/z, with φ(0) = 1.
 *
 *   exp(a + bi) − 1 = (expm1(a)·cos b − 2·sin²(b/2)) + i·exp(a)·sin b
 *
 * The form with sin² keeps cos b − 1 from cancelling at small b. Domain Re z ≤ 709.78.
 * Rounding: |error| ≤ 10u·|φ(z)| in modulus; one part alone, where it passes through 0, may lose digits.
 */
export function expm1OverComplex(z: Complex): Complex {
  const [a, b] = z;
  if (a === 0 && b === 0) return one;
  const sinHalf = Math.sin(b / 2);
  const expm1: Complex = [Math.expm1(a) * Math.cos(b) - 2 * sinHalf * sinHalf, Math.exp(a) * Math.sin(b)];
  return divide(expm1, z);
}

/** Terms of φ′'s series: for |z| < 1 what is left out is below 4e-19. */
const seriesTerms = 18;

/**
 * φ′(z) = (exp(z) − φ(z))/z, with φ′(0) = 1/2, and for |z| < 1 the series of `expm1OverDerivative`.
 *
 * Rounding: |error| ≤ 10u·scale in modulus, with scale = φ′(|z|) for |z| < 1 and (|exp(z)| + |φ(z)|)/|z| otherwise.
 */
export function expm1OverDerivativeComplex(z: Complex): Complex {
  if (!(absolute(z) < 1)) return divide(subtract(exp(z), expm1OverComplex(z)), z);
  let sum = one;
  for (let k = seriesTerms; k >= 1; k--) sum = add(one, scale((k + 1) / (k * (k + 2)), multiply(z, sum)));
  return scale(1 / 2, sum);
}
