import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossEntropy, crossEntropyBackward, logSumExp } from '../../src/reference/cross-entropy.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectGradient } from './gradient-check.ts';
import { atMost } from './runs.ts';
import { expectUntouched } from './untouched.ts';

const problems = fc
  .record({ rows: fc.nat(3), vocabSize: fc.integer({ min: 1, max: 5 }) })
  .chain(({ rows, vocabSize }) =>
    fc.record({
      dims: fc.constant({ rows, vocabSize }),
      logits: gridArray(rows * vocabSize, 4),
      targets: fc.array(fc.nat(vocabSize - 1), { minLength: rows, maxLength: rows }),
      dLoss: gridArray(rows),
      direction: gridArray(rows * vocabSize, 1),
    }),
  );

const log3 = Math.log(3);

describe('crossEntropy', () => {
  test('is −log p of the target: p = (1/4, 3/4) costs log 4 or log 4/3', () => {
    const dims = { rows: 2, vocabSize: 2 };
    const loss = crossEntropy(dims, Float64Array.of(0, log3, 0, log3), [0, 1]);
    expectWithin(loss, [Math.log(4), Math.log(4 / 3)], { k: 4, scale: 2 });
  });

  test('of uniform logits is log vocabSize, exactly at 0', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (vocabSize) => {
        const loss = crossEntropy({ rows: 1, vocabSize }, new Float64Array(vocabSize), [vocabSize - 1]);
        expectIdentical(loss, [Math.log(vocabSize)]);
      }),
    );
  });

  test('does not change when a constant is added to a row, within 8u of the largest magnitude', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: -8000, max: 8000 }), ({ dims, logits, targets }, k) => {
        const shifted = crossEntropy(
          dims,
          logits.map((v) => v + k / 8),
          targets,
        );
        expectWithin(shifted, crossEntropy(dims, logits, targets), { k: 8, scale: Math.abs(k / 8) + 16 });
      }),
    );
  });

  test('turns back into probabilities that sum to 1: Σ_target exp(−loss) = 1 within 32u', () => {
    fc.assert(
      fc.property(gridArray(4, 4), (row) => {
        const losses = [0, 1, 2, 3].map((target) => crossEntropy({ rows: 1, vocabSize: 4 }, row, [target])[0]!);
        expect(Math.min(...losses)).toBeGreaterThanOrEqual(0);
        expectWithin([losses.reduce((sum, loss) => sum + Math.exp(-loss), 0)], [1], { k: 32, scale: 1 });
      }),
    );
  });

  test('neither overflows nor underflows at logits ±1000, and masks −Infinity out', () => {
    const dims = { rows: 2, vocabSize: 2 };
    expectIdentical(crossEntropy(dims, Float64Array.of(1000, -1000, 1000, -1000), [0, 1]), [0, 2000]);
    const masked = Float64Array.of(-Infinity, 3, -Infinity, 3);
    expectIdentical(crossEntropy(dims, masked, [1, 0]), [0, Infinity]);
  });

  test('gives NaN for a row with a NaN, and only for that row', () => {
    const loss = crossEntropy({ rows: 2, vocabSize: 2 }, Float64Array.of(Number.NaN, 0, 0, 0), [1, 1]);
    expectIdentical(loss, [Number.NaN, Math.LN2]);
  });
});

describe('crossEntropyBackward', () => {
  test('is softmax minus one-hot, times dLoss, worked by hand', () => {
    const logits = Float64Array.of(0, log3, 0, log3);
    const dLogits = crossEntropyBackward({ rows: 2, vocabSize: 2 }, logits, [0, 1], Float64Array.of(1, -2));
    expectWithin(dLogits, [1 / 4 - 1, 3 / 4, -2 / 4, -2 * (3 / 4 - 1)], { k: 8, scale: 2 });
  });

  test('sums to 0 over each row, within 32u·|dLoss|', () => {
    fc.assert(
      fc.property(problems, ({ dims, logits, targets, dLoss }) => {
        const { rows, vocabSize } = dims;
        const dLogits = crossEntropyBackward(dims, logits, targets, dLoss);
        for (let t = 0; t < rows; t++) {
          const row = dLogits.subarray(t * vocabSize, (t + 1) * vocabSize);
          expectWithin([row.reduce((a, b) => a + b, 0)], [0], { k: 32, scale: Math.abs(dLoss[t]!) });
        }
      }),
    );
  });

  test('is the slope of Σ dLoss·loss', () => {
    fc.assert(
      fc.property(problems, ({ dims, logits, targets, dLoss, direction }) => {
        const gradient = expectUntouched([logits, targets, dLoss], () =>
          crossEntropyBackward(dims, logits, targets, dLoss),
        );
        const loss = (p: Float64Array) =>
          dot(
            dLoss,
            expectUntouched([p, targets], () => crossEntropy(dims, p, targets)),
          );
        expectGradient({ loss, point: logits, direction, gradient });
      }),
      atMost(300), // five forward passes a run
    );
  });

  test('is linear in dLoss: doubling it doubles every entry bit for bit, 0 gives 0', () => {
    fc.assert(
      fc.property(problems, ({ dims, logits, targets, dLoss }) => {
        const once = crossEntropyBackward(dims, logits, targets, dLoss);
        const twice = crossEntropyBackward(
          dims,
          logits,
          targets,
          dLoss.map((d) => 2 * d),
        );
        expectIdentical(
          twice,
          once.map((d) => 2 * d),
        );
        const none = crossEntropyBackward(dims, logits, targets, new Float64Array(dims.rows));
        expect(largest(none)).toBe(0);
      }),
    );
  });
});

describe('logSumExp', () => {
  test('is the maximum for one value, max + log n for n equal ones, −Infinity for none', () => {
    expect(logSumExp(Float64Array.of(-7))).toBe(-7);
    expect(logSumExp(Float64Array.of(3, 3, 3))).toBe(3 + log3);
    expect(logSumExp(Float64Array.of(1e308, 1e308))).toBe(1e308);
    expect(logSumExp(new Float64Array(0))).toBe(-Infinity);
  });
});

describe('the guards of both', () => {
  const both = (dims: { rows: number; vocabSize: number }, logits: number, targets: number[], message: string) => {
    const error = new RangeError(message);
    const dLoss = new Float64Array(Math.max(0, dims.rows));
    expect(() => crossEntropy(dims, new Float64Array(logits), targets)).toThrow(error);
    expect(() => crossEntropyBackward(dims, new Float64Array(logits), targets, dLoss)).toThrow(error);
  };

  test('refuse lengths and sizes that do not fit', () => {
    both({ rows: 2, vocabSize: 3 }, 5, [0, 0], '"logits" expected length 6 (rows 2 × vocabSize 3), got 5');
    both({ rows: 2, vocabSize: 3 }, 6, [0], '"targets" expected length 2 (rows 2), got 1');
    both({ rows: -1, vocabSize: 3 }, 0, [], '"rows" expected an integer ≥ 0, got -1');
    both({ rows: 2, vocabSize: 1.5 }, 3, [0, 0], '"vocabSize" expected an integer ≥ 0, got 1.5');
    expect(() =>
      crossEntropyBackward({ rows: 1, vocabSize: 1 }, new Float64Array(1), [0], new Float64Array(2)),
    ).toThrow(new RangeError('"dLoss" expected length 1 (rows 1), got 2'));
  });

  test('refuse targets that are no token ids, by their place', () => {
    both({ rows: 2, vocabSize: 3 }, 6, [0, 3], '"targets[1]" expected a token id in [0, 3), got 3');
    both({ rows: 1, vocabSize: 3 }, 3, [-1], '"targets[0]" expected a token id in [0, 3), got -1');
    both({ rows: 1, vocabSize: 3 }, 3, [Number.NaN], '"targets[0]" expected a token id in [0, 3), got NaN');
  });
});
