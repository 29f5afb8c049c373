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

/**
 * Asserts ⟨gradient, direction⟩ = the five-point difference, within 1e-9·(1 + Σ|gradient·direction| + |loss|).
 *
 * Reason: rounding leaves about u·|loss|/ε ≈ 1e-13·|loss|, truncation ε⁴/30·f⁗′ ≈ 3e-14·f⁗′, and f⁗′ stays below
 * 1e4 for the small operands of these tests. Worst seen: 2e-11. A wrong term shows at 1e-3 and above.
 */
export function expectGradient({ loss, point, direction, gradient, what = 'gradient' }: GradientClaim): void {
  expect(gradient.length, `length of ${what}`).toBe(point.length);
  const numeric = derivativeAlong(loss, point, direction);
  const exact = dot(gradient, direction);
  const scale = 1 + dot(gradient.map(Math.abs), direction.map(Math.abs)) + Math.abs(loss(point));
  const error = Math.abs(numeric - exact);
  if (!(error <= 1e-9 * scale)) {
    expect.fail(`${what}: ⟨gradient, direction⟩ is ${exact}, finite differences say ${numeric} (scale ${scale})`);
  }
}
