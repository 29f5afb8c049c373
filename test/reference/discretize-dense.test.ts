import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DiscretizationRule } from '../../src/reference/discretize.ts';
import { discretizeBilinear, discretizeEuler, discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import type { DenseDiscretizationRule } from '../../src/reference/discretize-dense.ts';
import {
  discretizeBilinearDense,
  discretizeEulerDense,
  discretizeMambaDense,
  discretizeZohDense,
} from '../../src/reference/discretize-dense.ts';
import { matrixIdentity, matrixMultiply } from '../../src/reference/matrix.ts';
import { matrixExponential } from '../../src/reference/matrix-exponential.ts';
import { grid, gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';

const step = fc.integer({ min: 0, max: 12 }).map((k) => k / 8);
const problems = fc
  .nat(4)
  .chain((n) => fc.record({ n: fc.constant(n), delta: step, A: gridArray(n * n), B: gridArray(n) }));

const product = (n: number, X: Float64Array, Y: Float64Array) =>
  matrixMultiply({ rows: n, inner: n, columns: Y.length / n || 0 }, X, Y);

/** No entry of a partial result exceeds exp(Δ·|A|)'s largest, times Δ·|B|'s for B̄. */
function scaleOf({ n, delta, A, B }: { n: number; delta: number; A: Float64Array; B: Float64Array }) {
  const growth = Math.max(
    1,
    largest(
      matrixExponential(
        n,
        A.map((value) => delta * Math.abs(value)),
      ),
    ),
  );
  return { aBar: growth, bBar: growth * Math.max(1, n * delta * largest(B)) };
}

const rules: [string, DenseDiscretizationRule, DiscretizationRule][] = [
  ['discretizeZohDense', discretizeZohDense, discretizeZoh],
  ['discretizeBilinearDense', discretizeBilinearDense, discretizeBilinear],
  ['discretizeEulerDense', discretizeEulerDense, discretizeEuler],
  ['discretizeMambaDense', discretizeMambaDense, discretizeMamba],
];

describe.each(rules)('%s', (_, dense, scalar) => {
  test('on a diagonal matrix is the scalar rule, entry by entry', () => {
    const decaying = fc.integer({ min: -16, max: 0 }).map((k) => k / 8);
    const diagonals = fc.array(fc.tuple(decaying, grid(2)), { maxLength: 4 });
    fc.assert(
      fc.property(step, diagonals, (delta, entries) => {
        const n = entries.length;
        const A = matrixIdentity(n).map((one, i) => (one === 1 ? entries[i % n]![0] : 0));
        const B = Float64Array.from(entries, ([, b]) => b);
        const { aBar, bBar } = dense(delta, A, B);
        const expected = entries.map(([a, b]) => scalar(delta, a, b));
        const scale = scaleOf({ n, delta, A, B });
        const diagonal = matrixIdentity(n).map((one, i) => (one === 1 ? expected[i % n]!.aBar : 0));
        expectWithin(aBar, diagonal, { k: 64, scale: scale.aBar });
        expectWithin(
          bBar,
          expected.map((entry) => entry.bBar),
          { k: 64, scale: scale.bBar },
        );
      }),
    );
  });

  test('Δ = 0 keeps the state and takes no input: (I, 0)', () => {
    const { aBar, bBar } = dense(0, Float64Array.of(-1, 2, 3, -4), Float64Array.of(5, 6));
    expectIdentical(aBar, [1, 0, 0, 1]);
    expectIdentical(bBar, [0, 0]);
  });

  test('the zero matrix integrates the input: Ā = I, B̄ = ΔB', () => {
    const { aBar, bBar } = dense(0.5, new Float64Array(4), Float64Array.of(3, -5));
    expectIdentical(aBar, [1, 0, 0, 1]);
    expectIdentical(bBar, [1.5, -2.5]);
  });

  test('B and A with different n are refused by name, inputs stay as they were', () => {
    expect(() => dense(1, new Float64Array(5), new Float64Array(2))).toThrow(
      new RangeError('"A" expected length 4 (rows 2 × columns 2), got 5'),
    );
    const A = Float64Array.of(-1, 2, 3, -4);
    const B = Float64Array.of(5, 6);
    dense(0.5, A, B);
    expectIdentical(A, [-1, 2, 3, -4]);
    expectIdentical(B, [5, 6]);
  });

  test('n = 0 gives nothing', () => {
    const { aBar, bBar } = dense(1, new Float64Array(), new Float64Array());
    expect([aBar.length, bBar.length]).toEqual([0, 0]);
  });
});

describe('discretizeZohDense', () => {
  test('is right for a singular A: the double integrator [[0, 1], [0, 0]]', () => {
    // h0′ = h1 and h1′ = u: under a constant u, h1 grows by Δu and h0 by Δh1 + Δ²u/2
    const { aBar, bBar } = discretizeZohDense(0.5, Float64Array.of(0, 1, 0, 0), Float64Array.of(0, 1));
    expectWithin(aBar, [1, 0.5, 0, 1], { k: 8, scale: 1 });
    expectWithin(bBar, [0.125, 0.5], { k: 8, scale: 1 });
  });

  test('A·B̄ = (Ā − I)·B, singular A included', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { n, delta, A, B } = problem;
        const { aBar, bBar } = discretizeZohDense(delta, A, B);
        const difference = matrixIdentity(n).map((one, i) => aBar[i]! - one);
        const scale = scaleOf(problem);
        expectWithin(product(n, A, bBar), product(n, difference, B), { k: 128 * n, scale: 4 * n * scale.bBar });
      }),
    );
  });

  test('two steps of Δ/2 under one input are one step of Δ', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { n, delta, A, B } = problem;
        const half = discretizeZohDense(delta / 2, A, B);
        const whole = discretizeZohDense(delta, A, B);
        const scale = scaleOf(problem);
        expectWithin(product(n, half.aBar, half.aBar), whole.aBar, { k: 128 * n, scale: scale.aBar });
        const twice = product(n, half.aBar, half.bBar).map((value, i) => value + half.bBar[i]!);
        expectWithin(twice, whole.bBar, { k: 128 * n, scale: scale.bBar });
      }),
    );
  });
});

describe('discretizeBilinearDense', () => {
  test('(I − αΔA)·Ā = I + (1 − α)ΔA and (I − αΔA)·B̄ = ΔB', () => {
    fc.assert(
      fc.property(problems, fc.constantFrom(0, 0.25, 0.5, 1), ({ n, delta, A, B }, alpha) => {
        // −9 on the diagonal outweighs the rest of a row (at most 3·2 + 2): I − αΔA is never singular
        const stable = A.map((value, i) => (i % (n + 1) === 0 ? value - 9 : value));
        const { aBar, bBar } = discretizeBilinearDense(delta, stable, B, alpha);
        const left = matrixIdentity(n).map((one, i) => one - alpha * delta * stable[i]!);
        const right = matrixIdentity(n).map((one, i) => one + (1 - alpha) * delta * stable[i]!);
        const scale = 16 * (1 + largest(aBar)) * (1 + largest(B));
        expectWithin(product(n, left, aBar), right, { k: 16 * n, scale });
        expectWithin(
          product(n, left, bBar),
          B.map((value) => delta * value),
          { k: 16 * n, scale },
        );
      }),
    );
  });

  test('by hand: Δ = 1, A = [[−2, 4], [0, −2]], B = [0, 2], α = 1/2', () => {
    const { aBar, bBar } = discretizeBilinearDense(1, Float64Array.of(-2, 4, 0, -2), Float64Array.of(0, 2));
    expectIdentical(aBar, [0, 1, 0, 0]);
    expectIdentical(bBar, [1, 1]);
  });

  test('α = 0 is Euler forward, bit for bit', () => {
    fc.assert(
      fc.property(problems, ({ delta, A, B }) => {
        const bilinear = discretizeBilinearDense(delta, A, B, 0);
        const euler = discretizeEulerDense(delta, A, B);
        expectIdentical(bilinear.aBar, euler.aBar);
        expectIdentical(bilinear.bBar, euler.bBar);
      }),
    );
  });

  test('α outside [0, 1] and a singular I − αΔA are refused', () => {
    expect(() => discretizeBilinearDense(1, Float64Array.of(1), Float64Array.of(1), 1.5)).toThrow(
      new RangeError('"alpha" expected a number in [0, 1], got 1.5'),
    );
    expect(() => discretizeBilinearDense(1, Float64Array.of(2), Float64Array.of(1))).toThrow(
      new RangeError('"A" expected a nonsingular matrix, got no pivot in column 0'),
    );
  });
});

test('discretizeEulerDense is I + ΔA and ΔB, exactly', () => {
  const { aBar, bBar } = discretizeEulerDense(0.5, Float64Array.of(-2, 4, 6, -8), Float64Array.of(3, 5));
  expectIdentical(aBar, [0, 2, 3, -3]);
  expectIdentical(bBar, [1.5, 2.5]);
});

test('discretizeMambaDense is exp(ΔA) and ΔB: zero-order hold’s Ā, Euler’s B̄', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const { delta, A, B } = problem;
      const { aBar, bBar } = discretizeMambaDense(delta, A, B);
      expectWithin(aBar, discretizeZohDense(delta, A, B).aBar, { k: 256, scale: scaleOf(problem).bBar });
      expectIdentical(bBar, discretizeEulerDense(delta, A, B).bBar);
    }),
  );
});
