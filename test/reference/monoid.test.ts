import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Affine, ComplexAffine } from '../../src/reference/monoid.ts';
import { affine, complexAffine, sum } from '../../src/reference/monoid.ts';
import { grid } from '../arbitraries.ts';

const map: fc.Arbitrary<Affine> = fc.tuple(grid(4), grid(4));
const complexMap: fc.Arbitrary<ComplexAffine> = fc.tuple(fc.tuple(grid(4), grid(4)), fc.tuple(grid(4), grid(4)));

describe('the affine monoid', () => {
  test('combine applies the earlier map first: h ↦ a1·(a0·h + b0) + b1', () => {
    fc.assert(
      fc.property(map, map, grid(4), ([a0, b0], [a1, b1], h) => {
        const [a, b] = affine.combine([a0, b0], [a1, b1]);
        expect(a * h + b).toBe(a1 * (a0 * h + b0) + b1);
      }),
    );
  });

  test('combine is associative, exactly on the grid', () => {
    fc.assert(
      fc.property(map, map, map, (e0, e1, e2) => {
        const left = affine.combine(affine.combine(e0, e1), e2);
        const right = affine.combine(e0, affine.combine(e1, e2));
        expect(left).toEqual(right);
      }),
    );
  });

  test('(1, 0) is the identity on both sides, and (0, 0) is not', () => {
    fc.assert(
      fc.property(map, ([a, b]) => {
        expect(affine.combine(affine.identity, [a, b])).toEqual([a + 0, b]);
        expect(affine.combine([a, b], affine.identity)).toEqual([a + 0, b]);
      }),
    );
    expect(affine.combine([1, 5], [0, 0])).toEqual([0, 0]);
  });

  test('combine does not commute', () => {
    expect(affine.combine([2, 0], [1, 1])).toEqual([2, 1]);
    expect(affine.combine([1, 1], [2, 0])).toEqual([2, 2]);
  });

  test('on real numbers the complex monoid is the real one', () => {
    fc.assert(
      fc.property(map, map, ([a0, b0], [a1, b1]) => {
        const [a, b] = affine.combine([a0, b0], [a1, b1]);
        const [[aRe, aIm], [bRe, bIm]] = complexAffine.combine(
          [
            [a0, 0],
            [b0, 0],
          ],
          [
            [a1, 0],
            [b1, 0],
          ],
        );
        expect([aRe + 0, aIm + 0, bRe + 0, bIm + 0]).toEqual([a + 0, 0, b + 0, 0]);
      }),
    );
  });

  test('the complex monoid is associative, and [1, 0] its identity, exactly on the grid', () => {
    const bare = ([[aRe, aIm], [bRe, bIm]]: ComplexAffine) => [aRe + 0, aIm + 0, bRe + 0, bIm + 0];
    const { combine, identity } = complexAffine;
    fc.assert(
      fc.property(complexMap, complexMap, complexMap, (e0, e1, e2) => {
        expect(bare(combine(combine(e0, e1), e2))).toEqual(bare(combine(e0, combine(e1, e2))));
        expect(bare(combine(identity, e0))).toEqual(bare(e0));
        expect(bare(combine(e0, identity))).toEqual(bare(e0));
      }),
    );
  });
});

test('sums: the identity is 0, combine adds', () => {
  expect(sum.identity).toBe(0);
  expect(sum.combine(2, 3)).toBe(5);
});
