import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  discretizeBilinear,
  discretizeEuler,
  discretizeMamba,
  discretizeZoh,
  expm1Over,
  expm1OverDerivative,
} from '../../src/reference/discretize.ts';
import { grid } from '../arbitraries.ts';
import { expectIdentical, expectWithin, u } from '../compare.ts';
import { distance, exactPhi, exactPhiDerivative, rounded } from './exact-phi.ts';

const step = fc.integer({ min: 0, max: 16 }).map((k) => k / 8);
const decaying = fc.integer({ min: -64, max: 0 }).map((k) => k / 8);

/** Numbers of every size, −32 … 32, on a grid that gets finer towards 0: (−32 … 32)/2^j. */
const everySize = fc
  .tuple(fc.integer({ min: -32_768, max: 32_768 }), fc.integer({ min: 0, max: 60 }))
  .map(([k, j]) => k / 1024 / 2 ** j);

describe('expm1Over', () => {
  test('is within 3u of (exp(x) − 1)/x, −32 ≤ x ≤ 32, down to |x| = 1e-21', () => {
    fc.assert(
      fc.property(everySize, (x) => {
        const truth = exactPhi([x, 0]);
        const [scale] = rounded(truth);
        expect(distance([expm1Over(x), 0], truth)).toBeLessThanOrEqual(3 * u * scale);
      }),
    );
  });

  test('is 1 at 0 and at the smallest numbers of either sign', () => {
    for (const x of [0, -0, 5e-324, -5e-324, 1e-300, -1e-300]) expect(expm1Over(x)).toBe(1);
  });

  test('is exactly −1/x where exp(x) is lost beside 1', () => {
    expect(expm1Over(-64)).toBe(1 / 64);
    expect(expm1Over(-1e300)).toBe(1e-300);
    expect(expm1Over(-Infinity)).toBe(0);
  });

  test('overflows with exp(x), and NaN stays NaN', () => {
    expect(expm1Over(709.7)).toBeLessThan(Infinity);
    expect(expm1Over(710)).toBe(Infinity);
    expect(expm1Over(NaN)).toBeNaN();
  });
});

describe('expm1OverDerivative', () => {
  test('is within 6u of the derivative of (exp(x) − 1)/x, −32 ≤ x ≤ 32, down to |x| = 1e-21', () => {
    fc.assert(
      fc.property(everySize, (x) => {
        const truth = exactPhiDerivative([x, 0]);
        const [scale] = rounded(truth);
        expect(distance([expm1OverDerivative(x), 0], truth)).toBeLessThanOrEqual(6 * u * scale);
      }),
    );
  });

  test('keeps its bound on both sides of |x| = 1, where the formula changes', () => {
    for (const x of [-1 - 2 * u, -1, -1 + u, -15 / 16, 15 / 16, 1 - u, 1, 1 + 2 * u]) {
      const truth = exactPhiDerivative([x, 0]);
      expect(distance([expm1OverDerivative(x), 0], truth)).toBeLessThanOrEqual(6 * u * rounded(truth)[0]);
    }
  });

  test('is 1/2 at 0, 1 at 1, and 1/x² where exp(x) is lost', () => {
    expect(expm1OverDerivative(0)).toBe(0.5);
    expect(expm1OverDerivative(-1e-300)).toBe(0.5);
    expect(expm1OverDerivative(1)).toBe(1);
    expect(expm1OverDerivative(-64)).toBe(1 / 4096);
    expectIdentical([expm1OverDerivative(-Infinity)], [0]);
  });

  test('is NaN where exp(x) − φ(x) is Infinity − Infinity, and for NaN', () => {
    expect(expm1OverDerivative(709.7)).toBeLessThan(Infinity);
    expect(expm1OverDerivative(710)).toBeNaN();
    expect(expm1OverDerivative(NaN)).toBeNaN();
  });
});

describe('discretizeZoh', () => {
  test('is exp(Δa) and Δ·φ(Δa)·b within 5u', () => {
    fc.assert(
      fc.property(step, decaying, grid(4), (delta, a, b) => {
        const { aBar, bBar } = discretizeZoh(delta, a, b);
        expect(aBar).toBe(Math.exp(delta * a));
        const [phi] = rounded(exactPhi([delta * a, 0]));
        // 1 more for the rounding of φ and of the product it is compared with
        expectWithin([bBar], [delta * phi * b], { k: 7, scale: Math.abs(delta * phi * b) });
      }),
    );
  });

  test('is right at a = 0: the input is integrated, b̄ = Δb', () => {
    expect(discretizeZoh(0.25, 0, 3)).toEqual({ aBar: 1, bBar: 0.75 });
  });

  test('two steps of Δ/2 under one input are one step of Δ', () => {
    fc.assert(
      fc.property(step, grid(2), grid(4), grid(4), grid(4), (delta, a, b, h, input) => {
        const half = discretizeZoh(delta / 2, a, b);
        const whole = discretizeZoh(delta, a, b);
        const middle = half.aBar * h + half.bBar * input;
        const scale = whole.aBar * Math.abs(h) + Math.abs(whole.bBar * input);
        expectWithin([half.aBar * middle + half.bBar * input], [whole.aBar * h + whole.bBar * input], { k: 16, scale });
      }),
    );
  });

  test('the ODE’s equilibrium −b/a·u is kept by every step', () => {
    fc.assert(
      fc.property(step, fc.constantFrom(-4, -2, -1, -0.5), grid(4), (delta, a, b) => {
        const { aBar, bBar } = discretizeZoh(delta, a, b);
        const rest = -b / a;
        expectWithin([aBar * rest + bBar], [rest], { k: 8, scale: Math.abs(rest) });
      }),
    );
  });
});

describe('discretizeBilinear', () => {
  test('α = 0 is Euler forward, bit for bit', () => {
    fc.assert(
      fc.property(step, grid(8), grid(4), (delta, a, b) => {
        expect(discretizeBilinear(delta, a, b, 0)).toEqual(discretizeEuler(delta, a, b));
      }),
    );
  });

  test('α = 1 is Euler backward: h_t = h_{t−1} + Δ(a·h_t + b·u_t)', () => {
    expect(discretizeBilinear(0.5, -2, 3, 1)).toEqual({ aBar: 0.5, bBar: 0.75 });
    fc.assert(
      fc.property(step, decaying, grid(4), (delta, a, b) => {
        const { aBar, bBar } = discretizeBilinear(delta, a, b, 1);
        const h = aBar + bBar;
        expectWithin([h], [1 + delta * (a * h + b)], {
          k: 8,
          scale: 1 + Math.abs(delta * a * h) + Math.abs(delta * b),
        });
      }),
    );
  });

  test('α = 1/2, the default, weighs both ends alike', () => {
    expect(discretizeBilinear(0.5, -4, 3)).toEqual({ aBar: 0, bBar: 0.75 });
    expect(discretizeBilinear(0.5, -12, 3)).toEqual({ aBar: -0.5, bBar: 0.375 });
    expect(discretizeBilinear(0.5, -12, 3)).toEqual(discretizeBilinear(0.5, -12, 3, 0.5));
  });

  test('any α in between: (1 + (1 − α)Δa)/(1 − αΔa) and Δb/(1 − αΔa)', () => {
    expect(discretizeBilinear(0.5, -8, 6, 0.25)).toEqual({ aBar: -1, bBar: 1.5 });
    expect(discretizeBilinear(2, -2, 3, 0.75)).toEqual({ aBar: 0, bBar: 1.5 });
    expect(discretizeBilinear(1, 0.5, 3, 0.5)).toEqual({ aBar: 5 / 3, bBar: 4 });
  });

  test('|ā| ≤ 1 for a ≤ 0 and α ≥ 1/2, whatever Δ ≥ 0', () => {
    fc.assert(
      fc.property(step, decaying, fc.constantFrom(0.5, 0.625, 0.75, 1), fc.nat(40), (delta, a, alpha, j) => {
        const { aBar } = discretizeBilinear(delta * 2 ** j, a, 1, alpha);
        expect(Math.abs(aBar)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('α outside [0, 1] and NaN are refused', () => {
    for (const alpha of [-0.125, 1.125, NaN, Infinity]) {
      expect(() => discretizeBilinear(1, -1, 1, alpha)).toThrow(
        new RangeError(`"alpha" expected a number in [0, 1], got ${alpha}`),
      );
    }
  });
});

test('discretizeEuler is 1 + Δa and Δb, exactly', () => {
  expect(discretizeEuler(0.5, -3, 5)).toEqual({ aBar: -0.5, bBar: 2.5 });
});

describe('discretizeMamba', () => {
  test('takes ā from zero-order hold and b̄ from Euler, bit for bit', () => {
    fc.assert(
      fc.property(step, grid(8), grid(4), (delta, a, b) => {
        const { aBar, bBar } = discretizeMamba(delta, a, b);
        expect(aBar).toBe(discretizeZoh(delta, a, b).aBar);
        expect(bBar).toBe(discretizeEuler(delta, a, b).bBar);
      }),
    );
    expect(discretizeMamba(0.5, -2, 3)).toEqual({ aBar: Math.exp(-1), bBar: 1.5 });
  });

  test('its b̄ exceeds that of zero-order hold by at most Δ²|ab|/2, for a ≤ 0, and by nearly that for small Δ', () => {
    fc.assert(
      fc.property(step, decaying, (delta, a) => {
        const excess = discretizeMamba(delta, a, 1).bBar - discretizeZoh(delta, a, 1).bBar;
        expect(excess).toBeGreaterThanOrEqual(0);
        expect(excess).toBeLessThanOrEqual((delta * delta * -a) / 2 + 4 * u * delta);
      }),
    );
    const delta = 2 ** -10;
    const share = (delta - discretizeZoh(delta, -3, 1).bBar) / (delta * delta * 1.5);
    expect(share).toBeGreaterThan(0.999);
    expect(share).toBeLessThan(1);
  });
});

const rules = { discretizeZoh, discretizeBilinear, discretizeEuler, discretizeMamba };

describe.each(Object.entries(rules))('%s', (_, rule) => {
  test('Δ = 0 keeps the state and takes no input: (1, 0)', () => {
    fc.assert(
      fc.property(grid(8), grid(4), (a, b) => {
        const { aBar, bBar } = rule(0, a, b);
        expectIdentical([aBar, bBar], [1, 0]);
      }),
    );
  });

  test('b̄ is linear in b', () => {
    expect(rule(0.5, -0.75, 8).bBar).toBe(8 * rule(0.5, -0.75, 1).bBar);
  });

  test('is 1 + Δa + O(Δ²), Δb + O(Δ²)', () => {
    const delta = 2 ** -12;
    const { aBar, bBar } = rule(delta, -2, 3);
    expect(Math.abs(aBar - (1 - 2 * delta))).toBeLessThanOrEqual(2.001 * delta ** 2);
    expect(Math.abs(bBar - 3 * delta)).toBeLessThanOrEqual(3.001 * delta ** 2);
  });

  test('NaN and Infinity propagate', () => {
    expect(rule(NaN, -1, 1).aBar).toBeNaN();
    expect(rule(0.5, NaN, 1).aBar).toBeNaN();
    expect(rule(0.5, -1, NaN).bBar).toBeNaN();
    expect(rule(0.5, -1, Infinity).bBar).toBe(Infinity);
  });
});
