/**
 * φ(z) = (exp(z) − 1)/z and φ′(z) at z = ΔA, as moduli that carry their errors (scan-scales.ts). a = Re z ≤ 0, b = Im z.
 *
 *   exp    its ulp, and for complex z sin and cos as aBarOf counts them
 *   φ      real: arithmetic.phiRoundings · complex: the form without cancellation (discretize-complex.ts), and above |z| = ½ the
 *          quotient, whichever rounds more
 *   φ′     below |z| = 1 the series, above ½ the quotient (exp(z) − φ)/z, whichever rounds more
 *
 * What z is off by comes out by the derivatives: |φ′(z)| ≤ φ′(a) and |φ″(z)| ≤ φ″(a) ≤ φ′(a), since
 * φ(z) = ∫₀¹ exp(sz) ds, φ′(z) = ∫₀¹ s·exp(sz) ds and φ″(z) = ∫₀¹ s²·exp(sz) ds.
 */
import type { Complex } from '../../reference/complex.ts';
import { absolute } from '../../reference/complex.ts';
import { expm1Over, expm1OverDerivative } from '../../reference/discretize.ts';
import { expm1OverComplex, expm1OverDerivativeComplex } from '../../reference/discretize-complex.ts';
import { stepSize } from '../../reference/selective-scan-input.ts';
import { phiCondition, stepOf } from '../operations/selective-scan-errors.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import type { Moduli } from './scan-scales.ts';
import { trigonometric, turn } from './vector-arithmetic.ts';

/** φ at ΔA. */
export function phiOf(moduli: Moduli, t: number, d: number, n: number): Value {
  const { input, arithmetic } = moduli;
  const [z, exponent] = [exponentAt(moduli, t, d, n), exponentOf(moduli, t, d, n)];
  if (input.complex) {
    const size = absolute(expm1OverComplex(z));
    return { size, error: complexRoundings(moduli, z) + expm1OverDerivative(z[0]) * exponent.error };
  }
  const relative = exponent.size > 0 ? exponent.error / exponent.size : 0;
  const phi = expm1Over(z[0]);
  return { size: phi, error: phi * (arithmetic.phiRoundings(z[0]) + phiCondition(z[0]) * relative) };
}

/** φ′ at ΔA. */
export function phiSlopeOf(moduli: Moduli, t: number, d: number, n: number): Value {
  const { input, arithmetic } = moduli;
  const z = exponentAt(moduli, t, d, n);
  const [a, far, { division }] = [z[0], absolute(z), arithmetic];
  const [slope, phi] = [absolute(expm1OverDerivativeComplex(z)), absolute(expm1OverComplex(z))];
  // A term z^k/(k!·(k + 2)) meets k products, coefficients and sums: Σ_k of their roundings is below 5 + division of φ′(|z|).
  const series = far < 1 ? (5 + division) * expm1OverDerivative(far) : 0;
  const decay = Math.exp(a) * (2 * arithmetic.expUlps(a) + (input.complex ? turn : 0));
  const roundings = input.complex ? complexRoundings(moduli, z) : phi * arithmetic.phiRoundings(a);
  const difference = slope * far; // |exp(z) − φ|
  const quotient = far < 1 / 2 ? 0 : (decay + roundings + difference) / far + quotientOf(moduli) * slope;
  const argument = expm1OverDerivative(a) * exponentOf(moduli, t, d, n).error;
  return { size: slope, error: Math.max(series, quotient) + argument };
}

/** ΔA itself: Im z = 0 where numbers are real. */
function exponentAt({ input }: Moduli, t: number, d: number, n: number): Complex {
  const i = d * input.dState + n;
  const delta = stepSize(input, t, d);
  return input.complex ? [delta * input.A[2 * i]!, delta * input.A[2 * i + 1]!] : [delta * input.A[i]!, 0];
}

/** |ΔA|, with its rounding and that of Δ. */
export function exponentOf({ input, arithmetic, A }: Moduli, t: number, d: number, n: number): Value {
  return arithmetic.times(stepOf({ ...input, arithmetic }, t, d), exactly(A[d * input.dState + n]!));
}

/**
 * Roundings of a complex φ: those of expm1(z) by z, and the quotient's.
 *
 *   without cancellation   expm1(a)·cos b − 2·sin²(b/2) + i·exp(a)·sin b
 *   as it stands           (exp(z) − 1)/z, for |z| ≥ ½
 */
function complexRoundings(moduli: Moduli, z: Complex): number {
  const { arithmetic } = moduli;
  const [[a, b], far, phi] = [z, absolute(z), absolute(expm1OverComplex(z))];
  if (far === 0) return 0;
  const [decay, exp] = [Math.exp(a), 2 * arithmetic.expUlps(a)];
  const whole = phi * far; // |exp(z) − 1|
  const re =
    Math.abs(Math.expm1(a) * Math.cos(b)) * (arithmetic.phiRoundings(a) + trigonometric + 1) +
    2 * Math.sin(b / 2) ** 2 * (2 * trigonometric + 1) +
    whole;
  const im = decay * Math.abs(Math.sin(b)) * (exp + trigonometric + 1);
  const plain = far < 1 / 2 ? 0 : decay * (exp + turn) + whole;
  return Math.max(Math.hypot(re, im), plain) / far + quotientOf(moduli) * phi;
}

/** A complex quotient is within √2·γ₇ (Higham, Accuracy and Stability of Numerical Algorithms, §3.6), 6 roundings and a division. */
function quotientOf({ input, arithmetic: { division } }: Moduli): number {
  return input.complex ? Math.SQRT2 * (6 + division) : division;
}
