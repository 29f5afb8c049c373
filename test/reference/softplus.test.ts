import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sigmoid, softplus, softplusBackward, softplusCut, softplusInverse } from '../../src/reference/softplus.ts';
import { grid } from '../arbitraries.ts';
import { expectWithin, u } from '../compare.ts';
import { expectGradient } from './gradient-check.ts';

const belowCut = fc.integer({ min: -8 * 20, max: 8 * 20 }).map((k) => k / 8);

describe('softplus', () => {
  test('is log 2 at 0 and log(1 + e) at 1', () => {
    expect(softplus(0)).toBe(Math.LN2);
    expectWithin([softplus(1)], [1.3132616875182228], { k: 2, scale: 1.32 });
  });

  test('softplus(x) − softplus(−x) = x up to the cut, within 4u·softplus(|x|)', () => {
    fc.assert(
      fc.property(belowCut, (x) => {
        expectWithin([softplus(x) - softplus(-x)], [x], { k: 4, scale: softplus(Math.abs(x)) });
      }),
    );
  });

  test('keeps full relative accuracy far below 0, where log(1 + exp(x)) keeps none', () => {
    for (const x of [-18, -30, -37, -100, -700]) {
      const e = Math.exp(x);
      // log1p(e) = e − e²/2 + e³/3 − …; the next term is below u·e from x = −18 on.
      const truth = e - (e * e) / 2;
      expectWithin([softplus(x)], [truth], { k: 4, scale: truth, what: `softplus(${x})` });
    }
    expect(Math.log(1 + Math.exp(-37))).toBe(0);
    expect(softplus(-37)).toBeGreaterThan(0);
  });

  test('is x itself above the cut at 20, and the jump there is 2.06e-9', () => {
    expect(softplusCut).toBe(20);
    expect(softplus(20)).toBe(Math.log1p(Math.exp(20)));
    expect(softplus(20) - 20).toBeGreaterThan(2.06e-9);
    expect(softplus(20) - 20).toBeLessThan(2.07e-9);
    const next = 20 * (1 + 2 * u);
    expect(softplus(next)).toBe(next);
    fc.assert(fc.property(fc.double({ min: next, noNaN: true }), (x) => softplus(x) === x));
  });

  test('differs from the form without a cut by less than 2.1e-9 everywhere', () => {
    fc.assert(
      fc.property(grid(100), (x) => {
        const smooth = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        expect(Math.abs(softplus(x) - smooth)).toBeLessThan(2.1e-9);
      }),
    );
  });

  test('rises, is positive, and overflows nowhere', () => {
    fc.assert(
      fc.property(belowCut, (x) => {
        expect(softplus(x)).toBeGreaterThan(0);
        expect(softplus(x)).toBeGreaterThan(softplus(x - 1 / 8));
      }),
    );
    expect(softplus(1000)).toBe(1000);
    expect(softplus(-1000)).toBe(0);
    expect(softplus(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(softplus(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(softplus(Number.NaN)).toBeNaN();
  });
});

describe('sigmoid', () => {
  test('is 1/2 at 0 and 3/4 at log 3', () => {
    expect(sigmoid(0)).toBe(1 / 2);
    expectWithin([sigmoid(Math.log(3))], [3 / 4], { k: 2, scale: 1 });
  });

  test('σ(x) + σ(−x) = 1 within 4u', () => {
    fc.assert(fc.property(grid(30), (x) => expectWithin([sigmoid(x) + sigmoid(-x)], [1], { k: 4, scale: 1 })));
  });

  test('keeps full relative accuracy far below 0: σ(x) → exp(x)', () => {
    expectWithin([sigmoid(-100)], [Math.exp(-100)], { k: 4, scale: Math.exp(-100) });
  });

  test('reaches 0 and 1 and stays there, NaN stays NaN', () => {
    expect(sigmoid(1000)).toBe(1);
    expect(sigmoid(-1000)).toBe(0);
    expect(sigmoid(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(sigmoid(Number.POSITIVE_INFINITY)).toBe(1);
    expect(sigmoid(Number.NaN)).toBeNaN();
  });
});

describe('softplusBackward', () => {
  test('is the slope of softplus on both sides of the cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          grid(19),
          grid(19).map((x) => x + 40),
        ),
        (x) => {
          const loss = ([p]: Float64Array) => softplus(p!);
          const gradient = Float64Array.of(softplusBackward(x));
          expectGradient({ loss, point: Float64Array.of(x), direction: Float64Array.of(1), gradient });
        },
      ),
    );
  });

  test('is σ(x) up to and at the cut, exactly 1 above it', () => {
    fc.assert(fc.property(belowCut, (x) => softplusBackward(x) === sigmoid(x)));
    expect(softplusBackward(20)).toBe(1 / (1 + Math.exp(-20)));
    expect(softplusBackward(20)).toBeLessThan(1);
    expect(softplusBackward(20 * (1 + 2 * u))).toBe(1);
    expect(softplusBackward(1000)).toBe(1);
    expect(softplusBackward(-1000)).toBe(0);
    expect(softplusBackward(Number.NaN)).toBeNaN();
  });
});

describe('softplusInverse', () => {
  test('softplus(softplusInverse(y)) = y for y in (0, 20], within 8u·(y + |inverse|·σ)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 160 }), fc.integer({ min: 0, max: 40 }), (k, halvings) => {
        const y = (k / 8) * 2 ** -halvings;
        const x = softplusInverse(y);
        // x is rounded to u·|x|, which softplus passes on times its slope σ(x).
        expectWithin([softplus(x)], [y], { k: 8, scale: y + Math.abs(x) * sigmoid(x) });
      }),
    );
  });

  test('is 0 at log 2, log y for tiny y, y for large y', () => {
    expectWithin([softplusInverse(Math.LN2)], [0], { k: 4, scale: 1 });
    expectWithin([softplusInverse(1e-300)], [Math.log(1e-300)], { k: 2, scale: 700 });
    expect(softplusInverse(1000)).toBe(1000);
  });

  test('has no value for y ≤ 0: −Infinity at 0, NaN below', () => {
    expect(softplusInverse(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(softplusInverse(-1)).toBeNaN();
    expect(softplusInverse(Number.NaN)).toBeNaN();
  });
});
