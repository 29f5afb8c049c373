import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discretizeBilinearDense } from '../../src/reference/discretize-dense.ts';
import { hippoLegS } from '../../src/reference/hippo.ts';
import type { LtiOutput } from '../../src/reference/lti.ts';
import { ltiRecurrence } from '../../src/reference/lti.ts';
import type { LtiDense } from '../../src/reference/lti-dense.ts';
import {
  ltiConvolutionDense,
  ltiFinalStateDense,
  ltiKernelDense,
  ltiRecurrenceDense,
  ltiScanDense,
} from '../../src/reference/lti-dense.ts';
import type { Floats } from '../../src/reference/types.ts';
import { grid, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { scans } from './scan-table.ts';

interface Problem {
  readonly system: LtiDense;
  readonly u: Float64Array;
  readonly h0: Float64Array;
}

const withVectors = (aBar: fc.Arbitrary<Float64Array>, dState: number, seqLen: number): fc.Arbitrary<Problem> =>
  fc.record({
    system: fc.record({ aBar, bBar: gridArray(dState), C: gridArray(dState), D: grid(2) }),
    u: gridArray(seqLen),
    h0: gridArray(dState),
  });

/** Exact arithmetic: Ā permutes the states and changes some signs. */
const exactProblems = fc.tuple(lengths(20), fc.nat(3)).chain(([seqLen, dState]) => {
  const indices = Array.from({ length: dState }, (_, n) => n);
  const permutations = fc.shuffledSubarray(indices, { minLength: dState, maxLength: dState });
  const signs = fc.array(fc.constantFrom(-1, 0, 1), { minLength: dState, maxLength: dState });
  const aBar = fc.tuple(permutations, signs).map(([order, sign]) => {
    const matrix = new Float64Array(dState * dState);
    order.forEach((k, n) => {
      matrix[n * dState + k] = sign[n]!;
    });
    return matrix;
  });
  return withVectors(aBar, dState, seqLen);
});

/** HiPPO-LegS by the bilinear rule. */
const hippoProblems = fc
  .tuple(lengths(20), fc.nat(4), fc.constantFrom(0.01, 0.1, 1))
  .chain(([seqLen, dState, delta]) => {
    const { A, B } = hippoLegS(dState);
    return withVectors(fc.constant(discretizeBilinearDense(delta, A, B).aBar), dState, seqLen);
  });

/** The same system run on magnitudes, with Ā’s powers bounded by 4 (LegS) or 1 (permutations). */
function scaleOf({ system, u, h0 }: Problem): { h: number; y: number } {
  const sum = (values: Floats) => Float64Array.from(values).reduce((total, value) => total + Math.abs(value), 0);
  const h = 16 * (sum(h0) + sum(system.bBar) * sum(u));
  return { h, y: h * sum(system.C) + Math.abs(system.D) * largest(u) };
}

function expectSameOutput(actual: LtiOutput, expected: LtiOutput, problem: Problem): void {
  const scale = scaleOf(problem);
  const k = 8 * problem.u.length + 128;
  expectWithin(actual.y, expected.y, { k, scale: scale.y, what: 'y' });
  expectWithin(actual.hLast, expected.hLast, { k, scale: scale.h, what: 'hLast' });
}

const modes = {
  ltiRecurrenceDense: (system: LtiDense, u: Floats, h0?: Floats) => ltiRecurrenceDense(system, u, h0),
  ltiConvolutionDense: (system: LtiDense, u: Floats, h0?: Floats) => ltiConvolutionDense(system, u, h0),
  ltiScanDense: (system: LtiDense, u: Floats, h0?: Floats) => ltiScanDense(system, u, h0),
};

describe('convolution = recurrence = scan', () => {
  test.each(Object.entries(scans))('the scan by %s equals the recurrence bit for bit where all is exact', (_, scan) => {
    fc.assert(
      fc.property(exactProblems, ({ system, u, h0 }) => {
        const expected = ltiRecurrenceDense(system, u, h0);
        const actual = ltiScanDense(system, u, h0, scan);
        expectIdentical(actual.y, expected.y);
        expectIdentical(actual.hLast, expected.hLast);
      }),
    );
  });

  test('all three agree on HiPPO-LegS, with an initial state', () => {
    fc.assert(
      fc.property(hippoProblems, (problem) => {
        const { system, u, h0 } = problem;
        const expected = ltiRecurrenceDense(system, u, h0);
        expectSameOutput(ltiScanDense(system, u, h0), expected, problem);
        expectSameOutput(ltiConvolutionDense(system, u, h0), expected, problem);
      }),
    );
  });
});

describe.each(Object.entries(modes))('%s', (_, run) => {
  const system: LtiDense = {
    aBar: Float64Array.of(0, 1, -1, 0.5),
    bBar: Float64Array.of(1, 2),
    C: Float64Array.of(3, -1),
    D: 0.5,
  };
  const u = Float64Array.of(1, 0, 2);

  test('by hand: h = (1, 2), (2, 0), (2, 2) and y = 3h_0 − h_1 + u/2', () => {
    const { y, hLast } = run(system, u);
    expectWithin(y, [1.5, 6, 5], { k: 64, scale: 16 });
    expectIdentical(hLast, [2, 2]);
  });

  test('by hand, from h0 = (2, 4): h = (5, 2), (2, −4), (−2, 0)', () => {
    const { y, hLast } = run(system, u, Float64Array.of(2, 4));
    expectWithin(y, [13.5, 10, -5], { k: 64, scale: 32 });
    expectIdentical(hLast, [-2, 0]);
  });

  test('a diagonal Ā is the diagonal system', () => {
    const problems = fc
      .tuple(lengths(12), fc.nat(3))
      .chain(([seqLen, dState]) => withVectors(gridArray(dState, 1), dState, seqLen));
    fc.assert(
      fc.property(problems, (problem) => {
        const { system: diagonal, u: input, h0 } = problem;
        const n = h0.length;
        const aBar = new Float64Array(n * n).map((_, i) => (i % (n + 1) === 0 ? diagonal.aBar[i % n]! : 0));
        const complex = (values: Floats) => Float64Array.from([...values].flatMap((value) => [value, 0]));
        const expected = ltiRecurrence(
          {
            aBar: complex(diagonal.aBar),
            bBar: complex(diagonal.bBar),
            C: complex(diagonal.C),
            D: diagonal.D,
            kappa: 1,
          },
          input,
          complex(h0),
        );
        const real = { y: expected.y, hLast: expected.hLast.filter((_, i) => i % 2 === 0) };
        expectSameOutput(run({ ...diagonal, aBar }, input, h0), real, problem);
      }),
    );
  });

  test('no tokens: an empty y, and the initial state in a fresh array', () => {
    const h0 = Float64Array.of(7, -2);
    const { y, hLast } = run(system, new Float64Array(), h0);
    expect(y.length).toBe(0);
    expectIdentical(hLast, [7, -2]);
    expect(hLast).not.toBe(h0);
    expectIdentical(run(system, new Float64Array()).hLast, [0, 0]);
  });

  test('no states: y = D·u', () => {
    const none = new Float64Array();
    const { y, hLast } = run({ aBar: none, bBar: none, C: none, D: 3 }, u);
    expectIdentical(y, [3, 0, 6]);
    expect(hLast.length).toBe(0);
  });

  test('wrong shapes are refused by name', () => {
    const wrong: [Partial<LtiDense>, string][] = [
      [{ aBar: new Float64Array(5) }, '"aBar" expected length 4 (rows 2 × columns 2), got 5'],
      [{ bBar: new Float64Array(3) }, '"aBar" expected length 9 (rows 3 × columns 3), got 4'],
      [{ C: new Float64Array(1) }, '"C" expected length 2 (dState 2), got 1'],
    ];
    for (const [change, message] of wrong) {
      expect(() => run({ ...system, ...change }, u)).toThrow(new RangeError(message));
    }
    expect(() => run(system, u, new Float64Array(4))).toThrow(
      new RangeError('"h0" expected length 2 (dState 2), got 4'),
    );
  });
});

describe('ltiKernelDense', () => {
  test('is C·Ā^l·B̄, l = 0 first: the Fibonacci numbers', () => {
    const fibonacci: LtiDense = {
      aBar: Float64Array.of(1, 1, 1, 0),
      bBar: Float64Array.of(1, 0),
      C: Float64Array.of(1, 0),
      D: 9,
    };
    expectIdentical(ltiKernelDense(fibonacci, 8), [1, 1, 2, 3, 5, 8, 13, 21]);
    expectIdentical(ltiKernelDense(fibonacci, 0), []);
  });

  test('sizes and shapes are refused by name', () => {
    const one = new Float64Array(1);
    expect(() => ltiKernelDense({ aBar: one, bBar: one, C: one, D: 0 }, 0.5)).toThrow(
      new RangeError('"seqLen" expected an integer ≥ 0, got 0.5'),
    );
    expect(() => ltiKernelDense({ aBar: one, bBar: one, C: new Float64Array(2), D: 0 }, 1)).toThrow(
      new RangeError('"C" expected length 1 (dState 1), got 2'),
    );
  });
});

test('ltiFinalStateDense is the recurrence’s last state, bit for bit where all is exact', () => {
  fc.assert(
    fc.property(exactProblems, ({ system, u, h0 }) => {
      expectIdentical(ltiFinalStateDense(system, u, h0), ltiRecurrenceDense(system, u, h0).hLast);
      expectIdentical(ltiFinalStateDense(system, u), ltiRecurrenceDense(system, u).hLast);
    }),
  );
  expect(() =>
    ltiFinalStateDense(
      { aBar: new Float64Array(1), bBar: new Float64Array(1), C: new Float64Array(1), D: 0 },
      new Float64Array(2),
      new Float64Array(2),
    ),
  ).toThrow(new RangeError('"h0" expected length 1 (dState 1), got 2'));
});
