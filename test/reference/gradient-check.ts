/**
 * A gradient against finite differences of the loss it belongs to.
 */
import { expect } from 'vitest';
import { derivativeAlong, dot } from '../finite-differences.ts';

export interface GradientClaim {
  readonly loss: (point: Float64Array) => number;
  readonly point: Float64Array;
  readonly direction: Float64Array;
  /** The gradient of `loss` at `point` that is to be checked. */
  readonly gradient: Float64Array;
  readonly what?: string;
}

/** Directions are shortened: the truncation error of the five-point rule falls with the fifth power of their length. */
const shorter = 2 ** -5;

/**
 * Asserts ⟨gradient, d⟩ = the five-point difference along d = direction/32, within 1e-9·(1 + Σ|gradient·d| + |loss|).
 *
 * Reason: rounding leaves about u·|loss|/ε ≈ 1e-13·|loss|, truncation ε⁴/30·|d|⁵·f⁽⁵⁾ ≈ 1e-21·f⁽⁵⁾, where the f⁽⁵⁾ of a
 * small model may reach 1e9. Worst seen: 7e-12. A wrong term shows at 1e-4 and above.
 */
export function expectGradient({ loss, point, direction, gradient, what = 'gradient' }: GradientClaim): void {
  expect(gradient.length, `length of ${what}`).toBe(point.length);
  const along = direction.map((v) => v * shorter);
  const numeric = derivativeAlong(loss, point, along);
  const exact = dot(gradient, along);
  const scale = 1 + dot(gradient.map(Math.abs), along.map(Math.abs)) + Math.abs(loss(point));
  const error = Math.abs(numeric - exact);
  if (!(error <= 1e-9 * scale)) {
    expect.fail(`${what}: ⟨gradient, d⟩ is ${exact}, finite differences say ${numeric} (scale ${scale})`);
  }
}
