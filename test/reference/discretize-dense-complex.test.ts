import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Complex } from '../../src/reference/complex.ts';
import { divide, exp, multiply, scale as scaleBy, subtract } from '../../src/reference/complex.ts';
import type { ComplexDiscretizationRule } from '../../src/reference/discretize-complex.ts';
import {
  discretizeBilinearComplex,
  discretizeDiagonal,
  discretizeEulerComplex,
  discretizeMambaComplex,
  discretizeZohComplex,
} from '../../src/reference/discretize-complex.ts';
import type { DenseDiscretizationRule } from '../../src/reference/discretize-dense.ts';
import {
  discretizeBilinearDense,
  discretizeEulerDense,
  discretizeMambaDense,
  discretizeZohDense,
} from '../../src/reference/discretize-dense.ts';
import {
  discretizeBilinearDenseComplex,
  discretizeEulerDenseComplex,
  discretizeMambaDenseComplex,
  discretizeZohDenseComplex,
} from '../../src/reference/discretize-dense-complex.ts';
import { grid, gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const step = fc.integer({ min: 0, max: 8 }).map((k) => k / 8);
const decaying: fc.Arbitrary<Complex> = fc.tuple(grid(2), grid(2)).map(([re, im]) => [-Math.abs(re), im]);

const rules: [string, DenseDiscretizationRule, ComplexDiscretizationRule, DenseDiscretizationRule][] = [
  ['discretizeZohDenseComplex', discretizeZohDenseComplex, discretizeZohComplex, discretizeZohDense],
  [
    'discretizeBilinearDenseComplex',
    discretizeBilinearDenseComplex,
    discretizeBilinearComplex,
    discretizeBilinearDense,
  ],
  ['discretizeEulerDenseComplex', discretizeEulerDenseComplex, discretizeEulerComplex, discretizeEulerDense],
  ['discretizeMambaDenseComplex', discretizeMambaDenseComplex, discretizeMambaComplex, discretizeMambaDense],
];

/** A real array with zero imaginary parts. */
const withoutImaginary = (real: Float64Array) =>
  Float64Array.from({ length: 2 * real.length }, (_, i) => (i % 2 === 0 ? real[i / 2]! : 0));

describe.each(rules)('%s', (_, dense, scalar, realDense) => {
  test('on a diagonal matrix is the complex scalar rule, entry by entry', () => {
    const problems = fc
      .nat(3)
      .chain((n) => fc.tuple(fc.array(decaying, { minLength: n, maxLength: n }), gridArray(2 * n), step));
    fc.assert(
      fc.property(problems, ([entries, B, delta]) => {
        const n = entries.length;
        const A = new Float64Array(2 * n * n);
        entries.forEach((a, i) => {
          A.set(a, 2 * (i * n + i));
        });
        const expected = discretizeDiagonal(delta, Float64Array.from(entries.flat()), B, scalar);
        const diagonal = new Float64Array(2 * n * n);
        for (let i = 0; i < n; i++) diagonal.set(expected.aBar.subarray(2 * i, 2 * i + 2), 2 * (i * n + i));
        const { aBar, bBar } = dense(delta, A, B);
        // the scale: exp(Δ·|Re a| + Δ·|Im a|) ≤ exp(4), and 2 + 2 for B
        expectWithin(aBar, diagonal, { k: 16, scale: Math.exp(4) });
        expectWithin(bBar, expected.bBar, { k: 16, scale: 4 * Math.exp(4) });
      }),
    );
  });

  test('on real matrices is the real rule', () => {
    const problems = fc.nat(3).chain((n) => fc.tuple(gridArray(n * n, 1), gridArray(n), step));
    fc.assert(
      fc.property(problems, ([A, B, delta]) => {
        const n = B.length;
        const stable = A.map((value, i) => (i % (n + 1) === 0 ? value - 3 : value));
        const real = realDense(delta, stable, B);
        const { aBar, bBar } = dense(delta, withoutImaginary(stable), withoutImaginary(B));
        // exp(Δ·‖|A|‖) ≤ exp(6)
        expectWithin(aBar, withoutImaginary(real.aBar), { k: 8, scale: Math.exp(6) });
        expectWithin(bBar, withoutImaginary(real.bBar), { k: 8, scale: 2 * Math.exp(6) });
      }),
    );
  });

  test('wrong shapes are refused by name', () => {
    expect(() => dense(1, new Float64Array(8), new Float64Array(3))).toThrow(
      new RangeError('"B" expected length 2 (n 1 × complex 2), got 3'),
    );
    expect(() => dense(1, new Float64Array(6), new Float64Array(4))).toThrow(
      new RangeError('"A" expected length 8 (rows 2 × columns 2 × complex 2), got 6'),
    );
  });
});

test('a complex triangular matrix: exp [[a, c], [0, b]] has c·(exp a − exp b)/(a − b) in its corner', () => {
  const gaps = fc.integer({ min: 4, max: 24 }).map((k) => k / 8);
  fc.assert(
    fc.property(decaying, gaps, fc.tuple(grid(2), grid(2)), grid(2), step, (a, gap, c, bIm, delta) => {
      const b: Complex = [a[0] - gap, bIm];
      const { aBar } = discretizeZohDenseComplex(delta, Float64Array.of(...a, ...c, 0, 0, ...b), new Float64Array(4));
      const [expA, expB] = [exp(scaleBy(delta, a)), exp(scaleBy(delta, b))];
      const corner = divide(multiply(c, subtract(expA, expB)), subtract(a, b));
      expectWithin(aBar, [...expA, ...corner, 0, 0, ...expB], { k: 32, scale: Math.exp(7) });
    }),
  );
});

test('discretizeBilinearDenseComplex hands α on', () => {
  const [delta, a, b] = [0.5, [-8, 0], [6, 2]] as const;
  const { aBar, bBar } = discretizeBilinearDenseComplex(delta, Float64Array.of(...a), Float64Array.of(...b), 0.25);
  expectIdentical([...aBar, ...bBar], [-1, 0, 1.5, 0.5]);
  expect(() => discretizeBilinearDenseComplex(1, Float64Array.of(...a), Float64Array.of(...b), -1)).toThrow(
    new RangeError('"alpha" expected a number in [0, 1], got -1'),
  );
});
