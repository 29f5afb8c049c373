import fc from 'fast-check';
import { describe, test } from 'vitest';
import { emptyMean, meanOf, takeIn } from '../../src/reference/online-softmax.ts';
import { softmax } from '../../src/reference/softmax.ts';
import { cuts, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const problems = lengths(33).chain((length) =>
  fc.record({ scores: gridArray(length, 20), values: gridArray(length), bounds: cuts(length) }),
);

/** The mean of values (one column) by scores that come in pieces with these bounds. */
function piecewise(scores: Float64Array, values: Float64Array, bounds: readonly number[]): Float64Array {
  let mean = emptyMean(1);
  for (let i = 0; i + 1 < bounds.length; i++) {
    mean = takeIn(mean, scores.slice(bounds[i], bounds[i + 1]), (j) => values[bounds[i]! + j]!);
  }
  return meanOf(mean);
}

describe('the online softmax', () => {
  test('is exact where all weights are powers of two', () => {
    // Equal scores in unequal pieces: every rescaling is by exp(0) = 1.
    const [scores, values] = [new Float64Array(4).fill(7), Float64Array.of(1, 2, 4, 8)];
    for (const bounds of [
      [0, 4],
      [0, 1, 4],
      [0, 1, 2, 3, 4],
      [0, 0, 3, 3, 4, 4],
    ]) {
      expectIdentical(piecewise(scores, values, bounds), [15 / 4]);
    }
  });

  test('in any pieces is the mean by softmax, within (4n + 8·pieces + 12)·u of the magnitudes', () => {
    fc.assert(
      fc.property(problems, ({ scores, values, bounds }) => {
        if (scores.length === 0) return;
        const weights = softmax(scores);
        const max = Math.max(...scores);
        const mean = weights.reduce((sum, w, j) => sum + w * values[j]!, 0);
        const distance = weights.reduce((sum, w, j) => sum + w * (max - scores[j]!), 0);
        const scale = weights.reduce(
          (sum, w, j) => sum + w * Math.abs(values[j]!) * (1 + max - scores[j]! + distance),
          0,
        );
        const k = 4 * scores.length + 8 * (bounds.length - 1) + 12;
        expectWithin(piecewise(scores, values, bounds), [mean], { k, scale });
      }),
    );
  });

  test('a later piece may be larger by any amount, or smaller, and nothing overflows', () => {
    const values = Float64Array.of(3, 5);
    expectIdentical(piecewise(Float64Array.of(-1e300, 1e300), values, [0, 1, 2]), [5]);
    expectIdentical(piecewise(Float64Array.of(1e300, -1e300), values, [0, 1, 2]), [3]);
  });

  test('a piece of −∞ weighs nothing, wherever it comes; of −∞ alone and of nothing the mean is NaN', () => {
    const values = Float64Array.of(3, 5);
    expectIdentical(piecewise(Float64Array.of(-Infinity, 2), values, [0, 1, 2]), [5]);
    expectIdentical(piecewise(Float64Array.of(2, -Infinity), values, [0, 1, 2]), [3]);
    expectIdentical(piecewise(Float64Array.of(-Infinity, -Infinity), values, [0, 1, 2]), [NaN]);
    expectIdentical(piecewise(new Float64Array(), values, [0, 0]), [NaN]);
  });

  test('NaN and ∞ among the scores make NaN of the mean, whatever comes behind them', () => {
    for (const odd of [NaN, Infinity]) {
      for (const scores of [
        [odd, 0],
        [0, odd],
      ]) {
        expectIdentical(piecewise(Float64Array.from(scores), Float64Array.of(3, 5), [0, 1, 2]), [NaN]);
      }
    }
  });
});
