import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rmsNorm, rmsNormBackward } from '../../src/reference/rms-norm.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectGradient } from './gradient-check.ts';
import { atMost } from './runs.ts';
import { expectUntouched } from './untouched.ts';

const sizes = fc.record({ rows: fc.nat(3), width: fc.nat(4), eps: fc.constantFrom(1e-5, 1 / 8, 1) });

const problems = sizes.chain(({ rows, width, eps }) =>
  fc.record({
    dims: fc.constant({ rows, width, eps }),
    x: gridArray(rows * width),
    weight: gridArray(width),
    dY: gridArray(rows * width),
    direction: gridArray(rows * width, 1),
  }),
);

/** Divided by 3: numbers with full mantissas. */
const third = (data: Float64Array) => data.map((v) => v / 3);
const scaled = (data: Float64Array, factor: number) => data.map((v) => v * factor);

describe('rmsNorm', () => {
  test('divides by the root of the mean square, worked by hand', () => {
    // Mean square 4 in the first row, 16 in the second.
    const x = Float64Array.of(2, -2, 2, 2, 4, 4, -4, 4);
    expectIdentical(rmsNorm({ rows: 2, width: 4, eps: 0 }, x), [1, -1, 1, 1, 1, 1, -1, 1]);
    const weight = Float64Array.of(1, 10, 100, -1);
    expectIdentical(rmsNorm({ rows: 2, width: 4, eps: 0 }, x, weight), [1, -10, 100, -1, 1, 10, -100, -1]);
  });

  test('adds eps to the mean square, under the root', () => {
    // 1.5² + 1.75 = 4; mean(1, 1) + 3 = 4.
    expectIdentical(rmsNorm({ rows: 1, width: 1, eps: 1.75 }, Float64Array.of(1.5)), [0.75]);
    expectIdentical(rmsNorm({ rows: 1, width: 2, eps: 3 }, Float64Array.of(1, -1)), [0.5, -0.5]);
    expectIdentical(rmsNorm({ rows: 1, width: 2, eps: 4 }, Float64Array.of(0, 0)), [0, 0]);
  });

  test('rmsNorm(2^p·x, 4^p·eps) = rmsNorm(x, eps), bit for bit: with eps 0 the scale of x does not matter', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: -20, max: 20 }), ({ dims, x, weight }, p) => {
        for (const eps of [dims.eps, 0]) {
          const y = rmsNorm({ ...dims, eps: eps * 4 ** p }, scaled(third(x), 2 ** p), weight);
          expectIdentical(y, rmsNorm({ ...dims, eps }, third(x), weight));
        }
      }),
    );
  });

  test('without eps and weight gives rows of mean square 1, within (4 + width)·u', () => {
    fc.assert(
      fc.property(problems, ({ dims, x }) => {
        const { width } = dims;
        const nonZero = third(x).map((v, i) => (i % width === 0 ? 1 + v * v : v));
        const y = rmsNorm({ ...dims, eps: 0 }, nonZero);
        for (let t = 0; t < dims.rows && width > 0; t++) {
          const row = y.subarray(t * width, (t + 1) * width);
          expectWithin([dot(row, row)], [width], { k: 4 + width, scale: width });
        }
      }),
    );
  });

  test('treats each row alone', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, weight }) => {
        const { width, eps } = dims;
        const rows = Array.from({ length: dims.rows }, (_, t) => x.subarray(t * width, (t + 1) * width));
        const alone = rows.flatMap((row) => Array.from(rmsNorm({ rows: 1, width, eps }, row, weight)));
        expectIdentical(
          expectUntouched([x, weight], () => rmsNorm(dims, x, weight)),
          alone,
        );
      }),
    );
  });

  test('lets NaN through to its row alone', () => {
    const y = rmsNorm({ rows: 2, width: 2, eps: 0 }, Float64Array.of(1, Number.NaN, 3, 3));
    expectIdentical(y, [Number.NaN, Number.NaN, 1, 1]);
  });

  test.each([
    [{ rows: -1, width: 2, eps: 1 }, '"rows" expected an integer ≥ 0, got -1'],
    [{ rows: 1, width: 0.5, eps: 1 }, '"width" expected an integer ≥ 0, got 0.5'],
    [{ rows: 1, width: 2, eps: -1 }, '"eps" expected a number ≥ 0, got -1'],
    [{ rows: 1, width: 2, eps: Number.NaN }, '"eps" expected a number ≥ 0, got NaN'],
    [{ rows: 2, width: 2, eps: 1 }, '"x" expected length 4 (rows 2 × width 2), got 2'],
    [{ rows: 2, width: 1, eps: 1 }, '"weight" expected length 1 (width 1), got 2'],
  ])('refuses %o, forward and backward', (dims, message) => {
    const [x, weight, dY] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
    expect(() => rmsNorm(dims, x, weight)).toThrow(new RangeError(message));
    expect(() => rmsNormBackward(dims, x, weight, dY)).toThrow(new RangeError(message));
  });
});

test('rmsNorm makes 0 of a finite row whose squares overflow, which they do from 1.35e154 on and not at 1.3e154', () => {
  const dims = { rows: 1, width: 2, eps: 1e-5 };
  expectIdentical(rmsNorm(dims, Float64Array.of(1e200, 1)), [0, 0]);
  expectIdentical(rmsNorm(dims, Float64Array.of(1.35e154, 1)), [0, 0]);
  expectIdentical(rmsNorm(dims, Float64Array.of(-1.35e154, -1)), [-0, -0]);
  expect(rmsNorm(dims, Float64Array.of(1.3e154, 1))[0]).toBeCloseTo(Math.SQRT2, 12);
});

test('rmsNorm makes NaN of ±Infinity, where the formula multiplies ∞ by 0, and 0 of the rest of its row', () => {
  const dims = { rows: 1, width: 3, eps: 1e-5 };
  const x = Float64Array.of(Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY);
  expectIdentical(rmsNorm(dims, x), [Number.NaN, 0, Number.NaN]);
});

describe('rmsNormBackward', () => {
  test('is worked by hand', () => {
    // x̂ = (1, 1), mean(g∘x̂) = 2, rms = 2: dX = ((1, 3) − 2)/2.
    const dims = { rows: 1, width: 2, eps: 0 };
    const { dX, dWeight } = rmsNormBackward(dims, Float64Array.of(2, 2), Float64Array.of(1, 3), Float64Array.of(1, 1));
    expectIdentical(dX, [-0.5, 0.5]);
    expectIdentical(dWeight, [1, 1]);
  });

  test('dX is the slope by x, with and without a weight', () => {
    fc.assert(
      fc.property(problems, fc.boolean(), ({ dims, x, weight, dY, direction }, weightless) => {
        const w = weightless ? undefined : weight;
        // Away from 0, where 1/rms bends too sharply for finite differences.
        const point = x.map((v) => v + (v < 0 ? -1 : 1));
        const gradient = expectUntouched([point, weight, dY], () => rmsNormBackward(dims, point, w, dY)).dX;
        expectGradient({ loss: (p) => dot(dY, rmsNorm(dims, p, w)), point, direction, gradient });
      }),
      atMost(300), // five forward passes a run
    );
  });

  test('⟨dWeight, weight⟩ = ⟨dY, y⟩, since y is linear in the weight, within 8u of the magnitudes', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, weight, dY }) => {
        const y = rmsNorm(dims, x, weight);
        const { dWeight } = rmsNormBackward(dims, x, weight, dY);
        const scale = dot(dY.map(Math.abs), y.map(Math.abs));
        expectWithin([dot(dWeight, weight)], [dot(dY, y)], { k: 8, scale });
      }),
    );
  });

  test('with eps 0, dX is orthogonal to x: the scale of x does not matter', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, weight, dY }) => {
        const point = x.map((v) => v + (v < 0 ? -1 : 1));
        const { dX } = rmsNormBackward({ ...dims, eps: 0 }, point, weight, dY);
        const scale = dot(dY.map(Math.abs), rmsNorm({ ...dims, eps: 0 }, point, weight).map(Math.abs));
        expectWithin([dot(dX, point)], [0], { k: 16, scale: 2 * scale });
      }),
    );
  });

  test('without a weight equals a weight of ones, bit for bit', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, dY }) => {
        const ones = new Float64Array(dims.width).fill(1);
        expectIdentical(rmsNorm(dims, x), rmsNorm(dims, x, ones));
        const [without, withOnes] = [rmsNormBackward(dims, x, undefined, dY), rmsNormBackward(dims, x, ones, dY)];
        expectIdentical(without.dX, withOnes.dX);
        expectIdentical(without.dWeight, withOnes.dWeight);
      }),
    );
  });

  test('refuses a dY of the wrong length', () => {
    const x = new Float64Array(2);
    expect(() => rmsNormBackward({ rows: 1, width: 2, eps: 1 }, x, undefined, new Float64Array(3))).toThrow(
      new RangeError('"dY" expected length 2 (rows 1 × width 2), got 3'),
    );
  });
});
