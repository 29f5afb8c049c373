import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silu, siluBackward } from '../../src/reference/silu.ts';
import { sigmoid } from '../../src/reference/softplus.ts';
import { grid } from '../arbitraries.ts';
import { expectWithin } from '../compare.ts';
import { expectGradient } from './gradient-check.ts';

/** W(1/e), Lambert's function: silu has its minimum −W(1/e) at −(1 + W(1/e)). */
const lambert = 0.2784645427610738;

describe('silu', () => {
  test('is 0 at 0, 3/4·log 3 at log 3 and −1/4·log 3 at −log 3', () => {
    const log3 = Math.log(3);
    expect(silu(0)).toBe(0);
    expectWithin([silu(log3)], [0.75 * log3], { k: 4, scale: log3 });
    expectWithin([silu(-log3)], [-0.25 * log3], { k: 4, scale: log3 });
  });

  test('is x·σ(x), within 3u·|x|', () => {
    fc.assert(fc.property(grid(50), (x) => expectWithin([silu(x)], [x * sigmoid(x)], { k: 3, scale: Math.abs(x) })));
  });

  test('silu(x) − silu(−x) = x, within 4u·|x|', () => {
    fc.assert(fc.property(grid(50), (x) => expectWithin([silu(x) - silu(-x)], [x], { k: 4, scale: Math.abs(x) })));
  });

  test('is x far above 0 and vanishes far below it, without overflow', () => {
    expect(silu(1000)).toBe(1000);
    expect(Math.abs(silu(-1000))).toBe(0);
    expect(silu(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(silu(Number.NaN)).toBeNaN();
  });

  test('never falls below its minimum −W(1/e)', () => {
    fc.assert(fc.property(grid(100), (x) => silu(x) > -lambert));
    expectWithin([silu(-(1 + lambert))], [-lambert], { k: 4, scale: lambert });
  });
});

test('silu is NaN at −Infinity, where the formula divides ∞ by ∞, and ∞ at Infinity', () => {
  expect(silu(Number.NEGATIVE_INFINITY)).toBeNaN();
  expect(silu(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});

describe('siluBackward', () => {
  test('is the slope of silu', () => {
    fc.assert(
      fc.property(grid(20), (x) => {
        const loss = ([p]: Float64Array) => silu(p!);
        const gradient = Float64Array.of(siluBackward(x));
        expectGradient({ loss, point: Float64Array.of(x), direction: Float64Array.of(1), gradient });
      }),
    );
  });

  test('silu′(x) + silu′(−x) = 1, within 8u·(1 + |x|), and 1/2 at 0, 0 at the minimum', () => {
    fc.assert(
      fc.property(grid(50), (x) => {
        expectWithin([siluBackward(x) + siluBackward(-x)], [1], { k: 8, scale: 1 + Math.abs(x) });
      }),
    );
    expect(siluBackward(0)).toBe(1 / 2);
    expectWithin([siluBackward(-(1 + lambert))], [0], { k: 4, scale: 1 });
  });

  test('is NaN at ±Infinity, where the formula multiplies 0 by ∞', () => {
    expect(siluBackward(Number.POSITIVE_INFINITY)).toBeNaN();
    expect(siluBackward(Number.NEGATIVE_INFINITY)).toBeNaN();
  });

  test('is 1 far above 0 and 0 far below it; NaN stays NaN', () => {
    expect(siluBackward(1000)).toBe(1);
    expect(Math.abs(siluBackward(-1000))).toBe(0);
    expect(siluBackward(Number.NaN)).toBeNaN();
  });
});
