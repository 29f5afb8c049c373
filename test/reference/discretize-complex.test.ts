import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Complex } from '../../src/reference/complex.ts';
import { absolute, add, exp, multiply, one, scale, subtract, zero } from '../../src/reference/complex.ts';
import {
  discretizeBilinear,
  discretizeEuler,
  discretizeMamba,
  discretizeZoh,
  expm1Over,
  expm1OverDerivative,
} from '../../src/reference/discretize.ts';
import {
  discretizeBilinearComplex,
  discretizeDiagonal,
  discretizeEulerComplex,
  discretizeMambaComplex,
  discretizeZohComplex,
  expm1OverComplex,
  expm1OverDerivativeComplex,
} from '../../src/reference/discretize-complex.ts';
import { grid, gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin, u } from '../compare.ts';
import { distance, exactPhi, exactPhiDerivative, rounded } from './exact-phi.ts';

const step = fc.integer({ min: 0, max: 16 }).map((k) => k / 8);
const decaying = fc.integer({ min: -64, max: 0 }).map((k) => k / 8);
const complexGrid = (bound: number): fc.Arbitrary<Complex> => fc.tuple(grid(bound), grid(bound));

/** Complex numbers of every size up to 16·√2, on a grid that gets finer towards 0. */
const everySize: fc.Arbitrary<Complex> = fc
  .tuple(fc.integer({ min: -1024, max: 1024 }), fc.integer({ min: -1024, max: 1024 }), fc.nat(60))
  .map(([a, b, j]) => [a / 64 / 2 ** j, b / 64 / 2 ** j]);

/** What stands for |φ′(z)| in its bound. */
function derivativeScale(z: Complex): number {
  const size = absolute(z);
  return size < 1 ? expm1OverDerivative(size) : (absolute(exp(z)) + absolute(rounded(exactPhi(z)))) / size;
}

function expectNear(actual: Complex, expected: Complex, k: number, magnitude: number): void {
  expectWithin([absolute(subtract(actual, expected))], [0], { k, scale: magnitude });
}

describe('expm1OverComplex', () => {
  test('is within 10u·|φ(z)| of (exp(z) − 1)/z, |Re z| and |Im z| ≤ 16, down to |z| = 1e-20', () => {
    fc.assert(
      fc.property(everySize, (z) => {
        const truth = exactPhi(z);
        expect(distance(expm1OverComplex(z), truth)).toBeLessThanOrEqual(10 * u * absolute(rounded(truth)));
      }),
    );
  });

  test('keeps its bound next to its zeros 2πik, where exp(z) − 1 cancels', () => {
    for (const k of [-2, -1, 1, 2]) {
      for (const offset of [0, 2 ** -30, -(2 ** -20), 2 ** -8]) {
        for (const z of [[offset, 2 * Math.PI * k] as Complex, [0, 2 * Math.PI * k + offset] as Complex]) {
          const truth = exactPhi(z);
          expect(distance(expm1OverComplex(z), truth)).toBeLessThanOrEqual(10 * u * absolute(rounded(truth)));
        }
      }
    }
  });

  test('is 1 at 0 and at the smallest numbers on either axis', () => {
    for (const z of [zero, [5e-324, 0], [0, -5e-324], [-1e-300, 1e-300]] as Complex[]) {
      expectIdentical(expm1OverComplex(z), one);
    }
  });

  test('on the real axis it is expm1Over, bit for bit', () => {
    fc.assert(fc.property(grid(8), (x) => expectIdentical(expm1OverComplex([x, 0]), [expm1Over(x), 0])));
  });

  test('is −1/z where exp(z) is lost, and 0 at −Infinity', () => {
    expectIdentical(expm1OverComplex([-64, 0]), [1 / 64, 0]);
    expectNear(expm1OverComplex([-50, 50]), [0.01, 0.01], 10, 0.02);
    expectIdentical(expm1OverComplex([-Infinity, 1]), [0, 0]);
  });
});

describe('expm1OverDerivativeComplex', () => {
  test('is within 10u·scale of φ′(z), scale = φ′(|z|) for |z| < 1 and (|exp(z)| + |φ(z)|)/|z| otherwise', () => {
    fc.assert(
      fc.property(everySize, (z) => {
        const error = distance(expm1OverDerivativeComplex(z), exactPhiDerivative(z));
        expect(error).toBeLessThanOrEqual(10 * u * derivativeScale(z));
      }),
    );
  });

  test('keeps its bound on the circle |z| = 1, where the formula changes', () => {
    for (const z of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [0.6, 0.8],
      [-0.8, 0.6],
      [1 - u, 0],
      [1 + 2 * u, 0],
    ] as Complex[]) {
      const error = distance(expm1OverDerivativeComplex(z), exactPhiDerivative(z));
      expect(error).toBeLessThanOrEqual(10 * u * derivativeScale(z));
    }
  });

  test('is 1/2 at 0, and 1/x² where exp(x) is lost', () => {
    expectIdentical(expm1OverDerivativeComplex(zero), [0.5, 0]);
    expectIdentical(expm1OverDerivativeComplex([-64, 0]), [1 / 4096, 0]);
  });

  test('NaN stays NaN', () => {
    expect(expm1OverDerivativeComplex([NaN, 0])[0]).toBeNaN();
  });
});

const pairs = {
  zoh: [discretizeZohComplex, discretizeZoh],
  bilinear: [discretizeBilinearComplex, discretizeBilinear],
  euler: [discretizeEulerComplex, discretizeEuler],
  mamba: [discretizeMambaComplex, discretizeMamba],
} as const;

describe.each(Object.entries(pairs))('the %s rule', (_, [complexRule, realRule]) => {
  test('on the real axis is the real rule', () => {
    fc.assert(
      fc.property(step, decaying, grid(4), (delta, a, b) => {
        const { aBar, bBar } = complexRule(delta, [a, 0], [b, 0]);
        const real = realRule(delta, a, b);
        expectWithin([...aBar, ...bBar], [real.aBar, 0, real.bBar, 0], {
          k: 8,
          scale: Math.abs(real.aBar) + Math.abs(real.bBar),
        });
      }),
    );
  });

  test('commutes with conjugation, bit for bit', () => {
    fc.assert(
      fc.property(step, complexGrid(4), complexGrid(4), (delta, [a, ai], [b, bi]) => {
        const { aBar, bBar } = complexRule(delta, [a, ai], [b, bi]);
        const mirrored = complexRule(delta, [a, -ai], [b, -bi]);
        expectIdentical([...mirrored.aBar, ...mirrored.bBar], [aBar[0], -aBar[1], bBar[0], -bBar[1]]);
      }),
    );
  });

  test('Δ = 0 keeps the state and takes no input: (1, 0)', () => {
    const { aBar, bBar } = complexRule(0, [-0.5, 3], [2, 1]);
    expectIdentical([...aBar, ...bBar], [1, 0, 0, 0]);
  });
});

describe('discretizeZohComplex', () => {
  test('a quarter turn: a = i, Δ = π/2 gives ā = i and b̄ = (i − 1)/i = 1 + i', () => {
    const { aBar, bBar } = discretizeZohComplex(Math.PI / 2, [0, 1], one);
    expectNear(aBar, [0, 1], 4, 1);
    expectNear(bBar, [1, 1], 12, 2);
  });

  test('two steps of Δ/2 under one input are one step of Δ', () => {
    fc.assert(
      fc.property(step, complexGrid(2), complexGrid(2), complexGrid(2), grid(2), (delta, a, b, h, input) => {
        const advance = (length: number, state: Complex) => {
          const { aBar, bBar } = discretizeZohComplex(length, a, b);
          return add(multiply(aBar, state), scale(input, bBar));
        };
        const whole = discretizeZohComplex(delta, a, b);
        const size = (2 + absolute(whole.aBar)) * (absolute(h) + delta * Math.exp(delta * 2) * absolute(b) * 2);
        expectNear(advance(delta / 2, advance(delta / 2, h)), advance(delta, h), 32, size);
      }),
    );
  });

  test('the ODE’s equilibrium −b/a is kept: a·b̄ = (ā − 1)·b', () => {
    fc.assert(
      fc.property(step, complexGrid(2), complexGrid(2), (delta, a, b) => {
        const { aBar, bBar } = discretizeZohComplex(delta, a, b);
        expectNear(multiply(a, bBar), multiply(subtract(aBar, one), b), 24, (1 + absolute(aBar)) * absolute(b));
      }),
    );
  });
});

describe('discretizeBilinearComplex', () => {
  test('by hand: Δ = 1, a = 2i, b = 2 gives ā = (1 + i)/(1 − i) = i and b̄ = 2/(1 − i) = 1 + i', () => {
    const { aBar, bBar } = discretizeBilinearComplex(1, [0, 2], [2, 0]);
    expectIdentical([...aBar, ...bBar], [0, 1, 1, 1]);
  });

  test('by hand, α = 1/4: Δ = 2, a = −2 + 2i gives ā = (−2 + 3i)/(2 − i), b̄ = 2b/(2 − i)', () => {
    const { aBar, bBar } = discretizeBilinearComplex(2, [-2, 2], [5, 0], 0.25);
    expectNear(aBar, [-7 / 5, 4 / 5], 8, 2);
    expectNear(bBar, [4, 2], 8, 5);
  });

  test('the imaginary axis goes to the unit circle for α = 1/2, the left half plane into it for α ≥ 1/2', () => {
    fc.assert(
      fc.property(step, complexGrid(8), fc.constantFrom(0.5, 0.75, 1), (delta, [re, im], alpha) => {
        const turning = discretizeBilinearComplex(delta, [0, im], one);
        expectWithin([absolute(turning.aBar)], [1], { k: 8, scale: 1 });
        const decaying = discretizeBilinearComplex(delta, [-Math.abs(re), im], one, alpha);
        expect(absolute(decaying.aBar)).toBeLessThanOrEqual(1 + 8 * u);
      }),
    );
  });

  test('α = 0 is Euler forward', () => {
    fc.assert(
      fc.property(step, complexGrid(4), complexGrid(4), (delta, a, b) => {
        const bilinear = discretizeBilinearComplex(delta, a, b, 0);
        const euler = discretizeEulerComplex(delta, a, b);
        expectIdentical([...bilinear.aBar, ...bilinear.bBar], [...euler.aBar, ...euler.bBar]);
      }),
    );
  });

  test('α outside [0, 1] is refused', () => {
    expect(() => discretizeBilinearComplex(1, one, one, 2)).toThrow(
      new RangeError('"alpha" expected a number in [0, 1], got 2'),
    );
  });
});

test('discretizeEulerComplex is 1 + Δa and Δb, exactly', () => {
  const { aBar, bBar } = discretizeEulerComplex(0.5, [-3, 4], [5, -6]);
  expectIdentical([...aBar, ...bBar], [-0.5, 2, 2.5, -3]);
});

test('discretizeMambaComplex takes ā from zero-order hold and b̄ from Euler, bit for bit', () => {
  fc.assert(
    fc.property(step, complexGrid(4), complexGrid(4), (delta, a, b) => {
      const { aBar, bBar } = discretizeMambaComplex(delta, a, b);
      expectIdentical(aBar, discretizeZohComplex(delta, a, b).aBar);
      expectIdentical(bBar, discretizeEulerComplex(delta, a, b).bBar);
    }),
  );
});

describe('discretizeDiagonal', () => {
  test('applies the rule entry by entry', () => {
    fc.assert(
      fc.property(
        fc.nat(4).chain((n) => fc.tuple(gridArray(2 * n), gridArray(2 * n))),
        step,
        ([A, B], delta) => {
          const { aBar, bBar } = discretizeDiagonal(delta, A, B, discretizeBilinearComplex);
          for (let n = 0; n < A.length / 2; n++) {
            const a: Complex = [A[2 * n]!, A[2 * n + 1]!];
            const entry = discretizeBilinearComplex(delta, a, [B[2 * n]!, B[2 * n + 1]!]);
            expectIdentical([...aBar.slice(2 * n, 2 * n + 2)], entry.aBar);
            expectIdentical([...bBar.slice(2 * n, 2 * n + 2)], entry.bBar);
          }
          expect([aBar.length, bBar.length]).toEqual([A.length, A.length]);
        },
      ),
    );
  });

  test('is zero-order hold unless told otherwise', () => {
    const { aBar, bBar } = discretizeDiagonal(0.5, Float64Array.of(-0.5, 3), Float64Array.of(2, 1));
    const entry = discretizeZohComplex(0.5, [-0.5, 3], [2, 1]);
    expectIdentical([...aBar, ...bBar], [...entry.aBar, ...entry.bBar]);
  });

  test('wrong shapes are refused by name', () => {
    expect(() => discretizeDiagonal(1, new Float64Array(3), new Float64Array(2))).toThrow(
      new RangeError('"A" expected length 2 (dState 1 × complex 2), got 3'),
    );
    expect(() => discretizeDiagonal(1, new Float64Array(4), new Float64Array(2))).toThrow(
      new RangeError('"B" expected length 4 (dState 2 × complex 2), got 2'),
    );
  });
});
