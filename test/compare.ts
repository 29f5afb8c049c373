/**
 * Comparators that say where and by how much. Written so that NaN fails: `!(error <= bound)`.
 */
import { expect } from 'vitest';

/** Unit roundoff of float64: half the gap between 1 and the next number. */
export const u = 2 ** -53;

/** Equal bit for bit, but for the sign of zero; NaN meets NaN. */
export function expectIdentical(actual: ArrayLike<number>, expected: ArrayLike<number>, what = 'value'): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const same = actual[i] === expected[i] || (Number.isNaN(actual[i]) && Number.isNaN(expected[i]));
    if (!same) expect.fail(`${what}[${i}] expected ${expected[i]}, got ${actual[i]}`);
  }
}

/**
 * |actual − expected| ≤ k·u·scale, element by element. `scale` is the same computation run on magnitudes, or one
 * number for all elements.
 */
export function expectWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { k, scale, what = 'value' }: { k: number; scale: ArrayLike<number> | number; what?: string },
): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const bound = k * u * (typeof scale === 'number' ? scale : scale[i]!);
    const error = Math.abs(actual[i]! - expected[i]!);
    if (!(error <= bound)) {
      expect.fail(`${what}[${i}] expected ${expected[i]}, got ${actual[i]}: ${error / bound} × the bound ${bound}`);
    }
  }
}

/** The worst |actual − expected| as a share of the largest |expected|: one number for a whole tensor. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = Math.abs(actual[i]! - expected[i]!);
    if (!(e <= error)) error = e; // a NaN stays
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return scale === 0 ? error : error / scale;
}

export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}
