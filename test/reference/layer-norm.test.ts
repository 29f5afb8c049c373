import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layerNorm } from '../../src/reference/layer-norm.ts';
import { rmsNorm } from '../../src/reference/rms-norm.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectUntouched } from './untouched.ts';

/** Problems with rows of one of these widths. */
function problemsOf(widths: readonly number[]) {
  return fc
    .record({ rows: fc.nat(3), width: fc.constantFrom(...widths), eps: fc.constantFrom(1e-5, 1 / 8, 1) })
    .chain(({ rows, width, eps }) =>
      fc.record({
        dims: fc.constant({ rows, width, eps }),
        x: gridArray(rows * width),
        weight: gridArray(width),
        bias: gridArray(width),
      }),
    );
}

const problems = problemsOf([0, 1, 2, 3, 4, 5]);

const ones = (width: number) => new Float64Array(width).fill(1);
const zeros = (width: number) => new Float64Array(width);

describe('layerNorm', () => {
  test('subtracts the mean and divides by the root of the variance of all, worked by hand', () => {
    // Mean 3, deviations ∓2, variance 4; with width − 1 below it would be 16/3.
    const x = Float64Array.of(1, 5, 1, 5);
    const dims = { rows: 1, width: 4, eps: 0 };
    expectIdentical(layerNorm(dims, x, ones(4), zeros(4)), [-1, 1, -1, 1]);
    const [weight, bias] = [Float64Array.of(1, 10, 100, -1), Float64Array.of(0, 0.5, 1, 2)];
    expectIdentical(layerNorm(dims, x, weight, bias), [-1, 10.5, -99, 1]);
  });

  test('adds eps to the variance, under the root', () => {
    // 1² + 3 = 4; a constant row has variance 0 and gives the bias.
    expectIdentical(layerNorm({ rows: 1, width: 2, eps: 3 }, Float64Array.of(7, 9), ones(2), zeros(2)), [-0.5, 0.5]);
    const bias = Float64Array.of(2, -3);
    expectIdentical(layerNorm({ rows: 1, width: 2, eps: 1e-5 }, Float64Array.of(5, 5), ones(2), bias), bias);
  });

  test('layerNorm(x + c) = layerNorm(x), bit for bit where the mean is exact: in rows of 1, 2 or 4', () => {
    fc.assert(
      fc.property(problemsOf([1, 2, 4]), fc.integer({ min: -100, max: 100 }), ({ dims, x, weight, bias }, c) => {
        const shifted = x.map((value) => value + c);
        expectIdentical(layerNorm(dims, shifted, weight, bias), layerNorm(dims, x, weight, bias));
      }),
    );
  });

  test('of rows with mean exactly 0 is RMSNorm with a bias, within 8u', () => {
    fc.assert(
      fc.property(problems, ({ dims: { rows, width, eps }, x, weight, bias }) => {
        // Each row and then its negation.
        const mirrored = Float64Array.from({ length: 2 * rows * width }, (_, i) => {
          const [t, j] = [Math.floor(i / (2 * width)), i % (2 * width)];
          return j < width ? x[t * width + j]! : -x[t * width + j - width]!;
        });
        const dims = { rows, width: 2 * width, eps };
        const [weights, biases] = [Float64Array.of(...weight, ...weight), Float64Array.of(...bias, ...bias)];
        const rms = rmsNorm(dims, mirrored, weights);
        const expected = rms.map((value, i) => value + biases[i % (2 * width)]!);
        const scale = rms.map((value, i) => Math.abs(value) + Math.abs(biases[i % (2 * width)]!));
        expectWithin(layerNorm(dims, mirrored, weights, biases), expected, { k: 8, scale });
      }),
    );
  });

  test('without eps, weight and bias gives rows of mean 0 and mean square 1, within (8 + 4·width)·u', () => {
    fc.assert(
      fc.property(problemsOf([2, 3, 4, 5]), ({ dims: { rows, width }, x }) => {
        // Thirds have full mantissas; the first number stands away from the others, so that no variance is 0.
        const spread = x.map((value, i) => (i % width === 0 ? 3 + value * value : value) / 3);
        const y = layerNorm({ rows, width, eps: 0 }, spread, ones(width), zeros(width));
        for (let t = 0; t < rows; t++) {
          const row = y.subarray(t * width, (t + 1) * width);
          const largest = Math.max(...spread.subarray(t * width, (t + 1) * width).map(Math.abs));
          // What the mean's rounding costs is relative to the numbers, not to their spread of at least 1/3.
          expectWithin([dot(row, ones(width))], [0], { k: 8 + 4 * width, scale: width * (1 + 3 * largest) });
          expectWithin([dot(row, row)], [width], { k: 8 + 4 * width, scale: width * (1 + 3 * largest) });
        }
      }),
    );
  });

  test('treats each row alone, and leaves its operands as they were', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, weight, bias }) => {
        const { width, eps } = dims;
        const rows = Array.from({ length: dims.rows }, (_, t) => x.subarray(t * width, (t + 1) * width));
        const alone = rows.flatMap((row) => Array.from(layerNorm({ rows: 1, width, eps }, row, weight, bias)));
        expectIdentical(
          expectUntouched([x, weight, bias], () => layerNorm(dims, x, weight, bias)),
          alone,
        );
      }),
    );
  });

  test('lets NaN and ±Infinity through, to their row alone: both make NaN of it', () => {
    for (const odd of [Number.NaN, Infinity, -Infinity]) {
      const x = Float64Array.of(1, odd, 3, 5);
      expectIdentical(layerNorm({ rows: 2, width: 2, eps: 0 }, x, ones(2), zeros(2)), [NaN, NaN, -1, 1]);
    }
  });

  test.each([
    [{ rows: -1, width: 2, eps: 1 }, '"rows" expected an integer ≥ 0, got -1'],
    [{ rows: 1, width: 0.5, eps: 1 }, '"width" expected an integer ≥ 0, got 0.5'],
    [{ rows: 1, width: 2, eps: -1 }, '"eps" expected a number ≥ 0, got -1'],
    [{ rows: 1, width: 2, eps: Number.NaN }, '"eps" expected a number ≥ 0, got NaN'],
    [{ rows: 2, width: 2, eps: 1 }, '"x" expected length 4 (rows 2 × width 2), got 2'],
    [{ rows: 2, width: 1, eps: 1 }, '"weight" expected length 1 (width 1), got 2'],
  ])('refuses %o', (dims, message) => {
    expect(() => layerNorm(dims, new Float64Array(2), zeros(2), zeros(2))).toThrow(new RangeError(message));
  });

  test('refuses a missing bias by its name', () => {
    expect(() => layerNorm({ rows: 1, width: 2, eps: 1 }, zeros(2), ones(2), zeros(0))).toThrow(
      new RangeError('"bias" expected length 2 (width 2), got 0'),
    );
  });
});
