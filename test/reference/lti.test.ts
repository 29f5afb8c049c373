import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discretizeDiagonal, discretizeZohComplex } from '../../src/reference/discretize-complex.ts';
import { s4dInv, s4dLin } from '../../src/reference/hippo.ts';
import type { Lti, LtiOutput } from '../../src/reference/lti.ts';
import { ltiRecurrence } from '../../src/reference/lti.ts';
import { ltiConvolution, ltiFinalState, ltiKernel } from '../../src/reference/lti-convolution.ts';
import { ltiScan } from '../../src/reference/lti-scan.ts';
import type { Floats } from '../../src/reference/types.ts';
import { grid, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { scans } from './scan-table.ts';

interface Problem {
  readonly system: Lti;
  readonly u: Float64Array;
  readonly h0: Float64Array;
}

const kappas = fc.constantFrom<1 | 2>(1, 2);

/** Systems whose arithmetic is exact: every Ā is 0, ±1 or ±i, everything else lies on the grid. */
const exactProblems: fc.Arbitrary<Problem> = fc.tuple(lengths(18), fc.nat(3)).chain(([seqLen, dState]) => {
  const units = fc.constantFrom([0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]);
  return fc.record({
    system: fc.record({
      aBar: fc.array(units, { minLength: dState, maxLength: dState }).map((a) => Float64Array.from(a.flat())),
      bBar: gridArray(2 * dState),
      C: gridArray(2 * dState),
      D: grid(2),
      kappa: kappas,
    }),
    u: gridArray(seqLen),
    h0: gridArray(2 * dState),
  });
});

/** S4D systems: A is S4D-Lin’s or S4D-Inv’s, discretized by zero-order hold. */
const s4dProblems: fc.Arbitrary<Problem> = fc.tuple(lengths(18), fc.nat(3)).chain(([seqLen, half]) =>
  fc
    .record({
      A: fc.constantFrom(s4dLin(2 * half), s4dInv(2 * half)),
      delta: fc.constantFrom(0.001, 0.01, 0.1, 0.5),
      B: gridArray(2 * half),
      C: gridArray(2 * half),
      D: grid(2),
      kappa: kappas,
      u: gridArray(seqLen),
      h0: gridArray(2 * half),
    })
    .map(({ A, delta, B, C, D, kappa, u, h0 }) => ({
      system: { ...discretizeDiagonal(delta, A, B, discretizeZohComplex), C, D, kappa },
      u,
      h0,
    })),
);

/** |Ā| ≤ 1 in both kinds: no state exceeds this, nor any sum on the way to y. */
function scaleOf({ system, u, h0 }: Problem): { h: number; y: number } {
  const sum = (values: Floats) => Float64Array.from(values).reduce((total, value) => total + Math.abs(value), 0);
  const h = sum(h0) + sum(system.bBar) * sum(u);
  return { h, y: 2 * h * sum(system.C) + Math.abs(system.D) * largest(u) };
}

/** Errors of each of L steps add up; the FFT brings 32·log2 L of its own. */
function expectSameOutput(actual: LtiOutput, expected: LtiOutput, problem: Problem): void {
  const scale = scaleOf(problem);
  const k = 8 * problem.u.length + 128;
  expectWithin(actual.y, expected.y, { k, scale: scale.y, what: 'y' });
  expectWithin(actual.hLast, expected.hLast, { k, scale: scale.h, what: 'hLast' });
}

const modes = {
  ltiRecurrence: (system: Lti, u: Floats, h0?: Floats) => ltiRecurrence(system, u, h0),
  ltiConvolution: (system: Lti, u: Floats, h0?: Floats) => ltiConvolution(system, u, h0),
  ltiScan: (system: Lti, u: Floats, h0?: Floats) => ltiScan(system, u, h0),
};

describe('convolution = recurrence = scan', () => {
  test.each(Object.entries(scans))('the scan by %s equals the recurrence bit for bit where all is exact', (_, scan) => {
    fc.assert(
      fc.property(exactProblems, ({ system, u, h0 }) => {
        const expected = ltiRecurrence(system, u, h0);
        const actual = ltiScan(system, u, h0, scan);
        expectIdentical(actual.y, expected.y);
        expectIdentical(actual.hLast, expected.hLast);
      }),
    );
  });

  test('the convolution is within the FFT’s rounding where all else is exact, and its last state equal', () => {
    fc.assert(
      fc.property(exactProblems, (problem) => {
        const { system, u, h0 } = problem;
        const expected = ltiRecurrence(system, u, h0);
        const actual = ltiConvolution(system, u, h0);
        expectWithin(actual.y, expected.y, { k: 256, scale: scaleOf(problem).y });
        expectIdentical(actual.hLast, expected.hLast);
      }),
    );
  });

  test('all three agree on S4D systems, with an initial state', () => {
    fc.assert(
      fc.property(s4dProblems, (problem) => {
        const { system, u, h0 } = problem;
        const expected = ltiRecurrence(system, u, h0);
        expectSameOutput(ltiScan(system, u, h0), expected, problem);
        expectSameOutput(ltiConvolution(system, u, h0), expected, problem);
      }),
    );
  });
});

describe.each(Object.entries(modes))('%s', (_, run) => {
  const system: Lti = {
    aBar: Float64Array.of(0.5, 0),
    bBar: Float64Array.of(1, 0),
    C: Float64Array.of(2, 0),
    D: 3,
    kappa: 1,
  };
  const u = Float64Array.of(1, 0, 2);

  test('by hand: h = 1, 1/2, 9/4 and y = 2h + 3u', () => {
    const { y, hLast } = run(system, u);
    expectWithin(y, [5, 1, 10.5], { k: 32, scale: 8 });
    expectIdentical(hLast, [2.25, 0]);
  });

  test('by hand, from h0 = 4: h = 3, 3/2, 11/4', () => {
    const { y, hLast } = run(system, u, Float64Array.of(4, 0));
    expectWithin(y, [9, 3, 11.5], { k: 32, scale: 12 });
    expectIdentical(hLast, [2.75, 0]);
  });

  test('by hand, complex: Ā = i, B̄ = 1 + i, C = 2 − i reads 3, −1, −3, 1, and κ = 2 doubles it but for D', () => {
    const turning: Lti = {
      aBar: Float64Array.of(0, 1),
      bBar: Float64Array.of(1, 1),
      C: Float64Array.of(2, -1),
      D: 0.5,
      kappa: 1,
    };
    const impulse = Float64Array.of(1, 0, 0, 0);
    expectWithin(run(turning, impulse).y, [3.5, -1, -3, 1], { k: 64, scale: 8 });
    expectWithin(run({ ...turning, kappa: 2 }, impulse).y, [6.5, -2, -6, 2], { k: 64, scale: 8 });
    expectIdentical(run(turning, impulse).hLast, [1, -1]);
  });

  test('conjugate pairs with κ = 1 equal one half of them with κ = 2', () => {
    fc.assert(
      fc.property(s4dProblems, ({ system: half, u: input, h0 }) => {
        const conjugates = (z: Floats) => Float64Array.from([...z, ...z.map((value, i) => (i % 2 ? -value : value))]);
        const all: Lti = {
          aBar: conjugates(half.aBar),
          bBar: conjugates(half.bBar),
          C: conjugates(half.C),
          D: half.D,
          kappa: 1,
        };
        const problem = { system: all, u: input, h0: conjugates(h0) };
        const expected = run({ ...half, kappa: 2 }, input, h0);
        const whole = run(all, input, conjugates(h0));
        expectSameOutput({ y: whole.y, hLast: whole.hLast.slice(0, h0.length) }, expected, problem);
        expectIdentical(whole.hLast, conjugates(whole.hLast.slice(0, h0.length)));
      }),
    );
  });

  test('a part, then the rest from its last state, is all at once', () => {
    fc.assert(
      fc.property(s4dProblems, fc.nat(18), (problem, cut) => {
        const { system: lti, u: input, h0 } = problem;
        const first = run(lti, input.slice(0, cut), h0);
        const second = run(lti, input.slice(cut), first.hLast);
        const joined = { y: Float64Array.from([...first.y, ...second.y]), hLast: second.hLast };
        expectSameOutput(joined, run(lti, input, h0), problem);
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
    const { y, hLast } = run({ aBar: none, bBar: none, C: none, D: 3, kappa: 2 }, u);
    expectIdentical(y, [3, 0, 6]);
    expect(hLast.length).toBe(0);
  });

  test('wrong shapes are refused by name', () => {
    const two = new Float64Array(4);
    const good: Lti = { aBar: two, bBar: two, C: two, D: 0, kappa: 1 };
    const wrong: [Partial<Lti>, string][] = [
      [{ aBar: new Float64Array(5) }, '"aBar" expected length 4 (dState 2 × complex 2), got 5'],
      [{ bBar: new Float64Array(3) }, '"bBar" expected length 4 (dState 2 × complex 2), got 3'],
      [{ C: new Float64Array(2) }, '"C" expected length 4 (dState 2 × complex 2), got 2'],
    ];
    for (const [change, message] of wrong) {
      expect(() => run({ ...good, ...change }, u)).toThrow(new RangeError(message));
    }
    expect(() => run(good, u, new Float64Array(2))).toThrow(
      new RangeError('"h0" expected length 4 (dState 2 × complex 2), got 2'),
    );
  });
});

describe('ltiKernel', () => {
  test('is κ·Re(Σ C·Ā^l·B̄), l = 0 first', () => {
    const system: Lti = {
      aBar: Float64Array.of(0.5, 0, 0, 1),
      bBar: Float64Array.of(4, 0, 1, 0),
      C: Float64Array.of(1, 0, 0, -2),
      D: 9,
      kappa: 2,
    };
    // the first state gives 4, 2, 1, 1/2; the second, −2i·i^l, 0, 2, 0, −2
    expectIdentical(ltiKernel(system, 4), [8, 8, 2, -3]);
    expectIdentical(ltiKernel(system, 0), []);
  });

  test('is the answer to an impulse, without D', () => {
    fc.assert(
      fc.property(exactProblems, ({ system, u }) => {
        const impulse = u.map((_, t) => (t === 0 ? 1 : 0));
        expectIdentical(ltiKernel(system, u.length), ltiRecurrence({ ...system, D: 0 }, impulse).y);
      }),
    );
  });

  test('sizes and shapes are refused by name', () => {
    const none = new Float64Array();
    expect(() => ltiKernel({ aBar: none, bBar: none, C: none, D: 0, kappa: 1 }, -1)).toThrow(
      new RangeError('"seqLen" expected an integer ≥ 0, got -1'),
    );
    expect(() => ltiKernel({ aBar: none, bBar: Float64Array.of(1), C: none, D: 0, kappa: 1 }, 1)).toThrow(
      new RangeError('"bBar" expected length 0 (dState 0 × complex 2), got 1'),
    );
  });
});

describe('ltiFinalState', () => {
  test('Ā^L∘h0 + Σ Ā^{L−1−t}∘B̄·u_t is the recurrence’s last state, bit for bit where all is exact', () => {
    fc.assert(
      fc.property(exactProblems, ({ system, u, h0 }) => {
        expectIdentical(ltiFinalState(system, u, h0), ltiRecurrence(system, u, h0).hLast);
        expectIdentical(ltiFinalState(system, u), ltiRecurrence(system, u).hLast);
      }),
    );
  });

  test('wrong shapes are refused by name', () => {
    const one = new Float64Array(2);
    expect(() => ltiFinalState({ aBar: one, bBar: one, C: one, D: 0, kappa: 1 }, one, new Float64Array(3))).toThrow(
      new RangeError('"h0" expected length 2 (dState 1 × complex 2), got 3'),
    );
  });
});
