import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { geluNew } from '../../src/reference/gelu.ts';
import { grid } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { geluByErf } from './erf.ts';

describe('geluNew', () => {
  test('gelu(x) − gelu(−x) = x, within 4u of |x|', () => {
    fc.assert(
      fc.property(grid(10), (eighths) => {
        const x = eighths / 3;
        expectWithin([geluNew(x) - geluNew(-x)], [x], { k: 4, scale: Math.abs(x) });
      }),
    );
  });

  test('is x·σ(2√(2/π)·(x + 0.044715·x³)), since ½·(1 + tanh a) = σ(2a), within 8u of |x|', () => {
    fc.assert(
      fc.property(grid(40), (eighths) => {
        const x = eighths / 3;
        const a = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
        expectWithin([geluNew(x)], [x / (1 + Math.exp(-2 * a))], { k: 8, scale: Math.abs(x) });
      }),
    );
  });

  test('is at most 4.8e-4 from x·Φ(x), and that is no rounding: at 2.2 it is 4.7e-4', () => {
    let worst = 0;
    for (let k = -8000; k <= 8000; k++) worst = Math.max(worst, Math.abs(geluNew(k / 1000) - geluByErf(k / 1000)));
    expect(worst).toBeLessThanOrEqual(4.8e-4);
    expect(worst).toBeGreaterThanOrEqual(4.6e-4);
  });

  test('at ±1 is what 40 digits of its formula round to, within 2u', () => {
    // 0.84119199060827670478…, −0.15880800939172329521…
    expectWithin([geluNew(1), geluNew(-1)], [0.8411919906082767, -0.1588080093917233], { k: 2, scale: 1 });
  });

  test('has its edges: 0, the identity from 7.3 on, −0 from −7.3 on, ∞, and NaN at −∞', () => {
    expectIdentical([geluNew(0)], [0]);
    for (const x of [7.3, 10, 1e100, 1e200, Infinity]) expect(geluNew(x)).toBe(x);
    for (const x of [-7.3, -10, -1e100, -1e200]) expect(Object.is(geluNew(x), -0)).toBe(true);
    expect(geluNew(-7)).toBeLessThan(0);
    expect(geluNew(-Infinity)).toBeNaN();
    expect(geluNew(Number.NaN)).toBeNaN();
  });
});
