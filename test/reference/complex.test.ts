import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Complex } from '../../src/reference/complex.ts';
import {
  absolute,
  add,
  addInto,
  complexAt,
  conjugate,
  divide,
  exp,
  multiply,
  one,
  scale,
  subtract,
  zero,
} from '../../src/reference/complex.ts';
import { grid } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const z: fc.Arbitrary<Complex> = fc.tuple(grid(4), grid(4));
const nonZero: fc.Arbitrary<Complex> = z.map(([a, b]) => (a === 0 && b === 0 ? one : [a, b]));

describe('complex numbers on the grid, where their arithmetic is exact', () => {
  test('form a field: sums and products commute, associate and distribute, with 0 and 1', () => {
    fc.assert(
      fc.property(z, z, z, (p, q, r) => {
        expectIdentical(add(p, q), add(q, p));
        expectIdentical(multiply(p, q), multiply(q, p));
        expectIdentical(add(add(p, q), r), add(p, add(q, r)));
        expectIdentical(multiply(multiply(p, q), r), multiply(p, multiply(q, r)));
        expectIdentical(multiply(p, add(q, r)), add(multiply(p, q), multiply(p, r)));
        expectIdentical(add(p, zero), p);
        expectIdentical(multiply(p, one), p);
        expectIdentical(subtract(add(p, q), q), p);
      }),
    );
  });

  test('multiply with i·i = −1', () => {
    expectIdentical(multiply([0, 1], [0, 1]), [-1, 0]);
    expectIdentical(multiply([1, 2], [3, 5]), [-7, 11]);
  });

  test('scaling by s is multiplication by s + 0i', () => {
    fc.assert(fc.property(grid(4), z, (s, p) => expectIdentical(scale(s, p), multiply([s, 0], p))));
  });

  test('conjugation is an automorphism that undoes itself, and z·z̄ = |z|²', () => {
    fc.assert(
      fc.property(z, z, (p, q) => {
        expectIdentical(conjugate(multiply(p, q)), multiply(conjugate(p), conjugate(q)));
        expectIdentical(conjugate(add(p, q)), add(conjugate(p), conjugate(q)));
        expectIdentical(conjugate(conjugate(p)), p);
        expectIdentical(multiply(p, conjugate(p)), [p[0] * p[0] + p[1] * p[1], 0]);
      }),
    );
    expectIdentical(conjugate([1, 2]), [1, -2]);
  });
});

describe('divide', () => {
  test('undoes multiplication within 8u·|z|·|w|/|w|', () => {
    fc.assert(
      fc.property(z, nonZero, (p, w) => {
        // Smith's method: at most 4 roundings in either part, each of at most |z|·√2.
        expectWithin(divide(multiply(p, w), w), p, { k: 8, scale: absolute(p) });
      }),
    );
  });

  test('is exact for a denominator that is a power of two, real or imaginary', () => {
    expectIdentical(divide([3, 5], [2, 0]), [1.5, 2.5]);
    expectIdentical(divide([3, 5], [0, 2]), [2.5, -1.5]);
    expectIdentical(divide([3, 5], [-0.5, 0]), [-6, -10]);
    expectIdentical(divide([3, 5], [0, -0.5]), [-10, 6]);
  });

  test('agrees with exact fractions in both branches', () => {
    expectIdentical(divide([5, 10], [3, 4]), [11 / 5, 2 / 5]); // |re w| < |im w|
    expectIdentical(divide([5, 10], [2, 1]), [4, 3]); // |re w| > |im w|
    expectIdentical(divide([2, 4], [1, 1]), [3, 1]); // |re w| = |im w|
  });

  test('does not overflow or underflow where |w|² would', () => {
    expectIdentical(divide([1e200, 1e200], [1e200, 1e200]), [1, 0]);
    expectIdentical(divide([1e-200, 0], [0, 1e-200]), [0, -1]);
    expectIdentical(divide([0, 2e200], [1e200, 0]), [0, 2]);
  });

  test('gives NaN for a zero denominator, never a number', () => {
    expectIdentical(divide([1, 2], zero), [Number.NaN, Number.NaN]);
  });
});

describe('exp and absolute', () => {
  test('exp of a real number is real', () => {
    fc.assert(fc.property(grid(4), (a) => expectIdentical(exp([a, 0]), [Math.exp(a), 0])));
  });

  test('exp(z + w) = exp(z)·exp(w) and exp(z̄) is the conjugate of exp(z)', () => {
    fc.assert(
      fc.property(z, z, (p, q) => {
        const product = multiply(exp(p), exp(q));
        // Two products of three correctly rounded factors each: below 8u of the modulus.
        expectWithin(exp(add(p, q)), product, { k: 8, scale: absolute(product) });
        expectIdentical(exp(conjugate(p)), conjugate(exp(p)));
      }),
    );
  });

  test("turns by the imaginary part: Euler's formula at quarter turns, and |exp(a + bi)| = exp(a)", () => {
    expectWithin(exp([0, Math.PI]), [-1, 0], { k: 2, scale: 1 });
    expectWithin(exp([0, Math.PI / 2]), [0, 1], { k: 2, scale: 1 });
    expectWithin([absolute(exp([1.5, 2.25]))], [Math.exp(1.5)], { k: 4, scale: Math.exp(1.5) });
  });

  test('absolute is the length, without overflow', () => {
    expect(absolute([3, -4])).toBe(5);
    expectWithin([absolute([3e200, 4e200])], [5e200], { k: 4, scale: 5e200 });
    expect(absolute(zero)).toBe(0);
  });
});

describe('arrays with a trailing (re, im) axis', () => {
  test('complexAt reads the i-th pair and addInto adds to it and to no other', () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expectIdentical(complexAt(data, 0), [1, 2]);
    expectIdentical(complexAt(data, 2), [5, 6]);
    addInto(data, 2, [10, 20]);
    expectIdentical(data, [1, 2, 3, 4, 15, 26, 7, 8]);
  });
});
