import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { softmax } from '../../src/reference/softmax.ts';
import { gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { expectUntouched } from './untouched.ts';

const scoreLists = lengths(33).chain((length) => gridArray(length, 8));

describe('softmax', () => {
  test('is worked by hand: equal scores weigh the same, log n weighs n times as much', () => {
    expectIdentical(softmax(Float64Array.of(3, 3, 3, 3)), [1 / 4, 1 / 4, 1 / 4, 1 / 4]);
    expectWithin(softmax(Float64Array.of(0, Math.log(3))), [1 / 4, 3 / 4], { k: 4, scale: 1 });
    expectIdentical(softmax(Float64Array.of(-5)), [1]);
    expectIdentical(softmax(new Float64Array()), []);
  });

  test('softmax(s + c) = softmax(s), bit for bit where s + c is exact', () => {
    fc.assert(
      fc.property(scoreLists, fc.integer({ min: -1000, max: 1000 }), (scores, c) => {
        const shifted = scores.map((s) => s + c);
        expectIdentical(
          expectUntouched(shifted, () => softmax(shifted)),
          softmax(scores),
        );
      }),
    );
  });

  test('weights are in [0, 1], sum to 1 within 2·length·u, and stand in the ratio exp(s[i] − s[j])', () => {
    fc.assert(
      fc.property(scoreLists, (scores) => {
        const weights = softmax(scores);
        if (scores.length === 0) return;
        expect(weights.every((w) => w >= 0 && w <= 1)).toBe(true);
        expectWithin([weights.reduce((sum, w) => sum + w, 0)], [1], { k: 2 * scores.length, scale: 1 });
        const ratios = weights.map((w) => w / weights[0]!);
        const expected = scores.map((s) => Math.exp(s - scores[0]!));
        expectWithin(ratios, expected, { k: 8, scale: expected }); // differences of the grid are exact
      }),
    );
  });

  test('moves with its scores when they are put in another order, within length·u', () => {
    fc.assert(
      fc.property(scoreLists, (scores) => {
        const turned = softmax(scores.toReversed()).toReversed();
        const weights = softmax(scores);
        expectWithin(turned, weights, { k: 2 * scores.length, scale: weights });
      }),
    );
  });

  test('overflows nowhere, and ignores −∞', () => {
    expectIdentical(softmax(Float64Array.of(1e300, -1e300, 1e300)), [0.5, 0, 0.5]);
    expectIdentical(softmax(Float64Array.of(-Infinity, 7, 7)), [0, 0.5, 0.5]);
  });

  test.each([[[-Infinity, -Infinity]], [[0, Number.NaN]], [[Number.NaN, 0]], [[Infinity, 0]], [[0, Infinity]]])(
    'of %o is NaN, all of it',
    (scores) => expectIdentical(softmax(Float64Array.from(scores)), [NaN, NaN]),
  );
});
