import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discretizeEuler, discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import { discretizeSelective } from '../../src/reference/discretize-selective.ts';
import { selectiveScan } from '../../src/reference/selective-scan.ts';
import { discretizeInvariant, ssmInvariant, ssmSelective } from '../../src/reference/ssm.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const dims = { seqLen: 3, dInner: 1, dState: 2 };
const x = Float64Array.of(1, 0, 2);

describe('discretizeInvariant', () => {
  test('entry (d, n) is the rule of Δ[d], A[d,n], B[d,n]', () => {
    const { aBar, bBar } = discretizeInvariant({
      dInner: 2,
      dState: 3,
      delta: Float64Array.of(1, 2),
      A: Float64Array.of(-1, -2, -3, -4, -5, -6),
      B: Float64Array.of(1, 2, 3, 4, 5, 6),
      rule: discretizeEuler,
    });
    expectIdentical(aBar, [0, -1, -2, -7, -9, -11]);
    expectIdentical(bBar, [1, 2, 3, 8, 10, 12]);
  });

  test('wrong shapes are refused by name', () => {
    const good = {
      dInner: 2,
      dState: 3,
      delta: new Float64Array(2),
      A: new Float64Array(6),
      B: new Float64Array(6),
      rule: discretizeZoh,
    };
    expect(() => discretizeInvariant({ ...good, delta: new Float64Array(3) })).toThrow(
      new RangeError('"delta" expected length 2 (dInner 2), got 3'),
    );
    expect(() => discretizeInvariant({ ...good, A: new Float64Array(5) })).toThrow(
      new RangeError('"A" expected length 6 (dInner 2 × dState 3), got 5'),
    );
    expect(() => discretizeInvariant({ ...good, B: new Float64Array(7) })).toThrow(
      new RangeError('"B" expected length 6 (dInner 2 × dState 3), got 7'),
    );
  });
});

describe('ssmInvariant', () => {
  const discrete = { aBar: Float64Array.of(0.5, -1), bBar: Float64Array.of(1, 2) };
  const C = Float64Array.of(4, 1);

  test('by hand: h = (1, 2), (1/2, −2), (9/4, 6) and y = 4h_0 + h_1', () => {
    expectIdentical(ssmInvariant(dims, discrete, C, x), [6, 0, 15]);
  });

  test('channels do not mix', () => {
    const two = { seqLen: 2, dInner: 2, dState: 1 };
    const pair = { aBar: Float64Array.of(0.5, 3), bBar: Float64Array.of(1, 2) };
    expectIdentical(ssmInvariant(two, pair, Float64Array.of(1, -1), Float64Array.of(1, 10, 0, 0)), [1, -20, 0.5, -60]);
  });

  test('wrong shapes are refused by name', () => {
    const one = new Float64Array(1);
    const refuse = (change: { aBar?: Float64Array; bBar?: Float64Array; C?: Float64Array; x?: Float64Array }) =>
      expect(() => ssmInvariant(dims, { ...discrete, ...change }, change.C ?? C, change.x ?? x));
    refuse({ aBar: one }).toThrow(new RangeError('"aBar" expected length 2 (dInner 1 × dState 2), got 1'));
    refuse({ bBar: one }).toThrow(new RangeError('"bBar" expected length 2 (dInner 1 × dState 2), got 1'));
    refuse({ C: one }).toThrow(new RangeError('"C" expected length 2 (dInner 1 × dState 2), got 1'));
    refuse({ x: one }).toThrow(new RangeError('"x" expected length 3 (seqLen 3 × dInner 1), got 1'));
  });
});

describe('ssmSelective', () => {
  const discrete = { aBar: Float64Array.of(9, 9, 0.5, -1, 2, 0), bBar: Float64Array.of(1, 2, 9, 9, 1, 3) };
  const C = Float64Array.of(4, 1, 1, 4, 1, 1);

  test('by hand: h = (1, 2), (1/2, −2), (3, 6) and C = (4, 1), (1, 4), (1, 1)', () => {
    expectIdentical(ssmSelective(dims, discrete, C, x), [6, -7.5, 9]);
  });

  test('the same Ā, B̄ and C at every token: ssmInvariant, bit for bit', () => {
    const problems = fc.tuple(fc.nat(6), fc.nat(3), fc.nat(3)).chain(([seqLen, dInner, dState]) =>
      fc.record({
        sizes: fc.constant({ seqLen, dInner, dState }),
        aBar: gridArray(dInner * dState, 1),
        bBar: gridArray(dInner * dState),
        C: gridArray(dState),
        input: gridArray(seqLen * dInner),
      }),
    );
    fc.assert(
      fc.property(problems, ({ sizes, aBar, bBar, C: row, input }) => {
        const repeat = (count: number, values: Float64Array) =>
          Float64Array.from(Array.from({ length: count }, () => [...values]).flat());
        const selective = ssmSelective(
          sizes,
          { aBar: repeat(sizes.seqLen, aBar), bBar: repeat(sizes.seqLen, bBar) },
          repeat(sizes.seqLen, row),
          input,
        );
        expectIdentical(selective, ssmInvariant(sizes, { aBar, bBar }, repeat(sizes.dInner, row), input));
      }),
    );
  });

  test('wrong shapes are refused by name', () => {
    const one = new Float64Array(1);
    const refuse = (change: { aBar?: Float64Array; bBar?: Float64Array; C?: Float64Array; x?: Float64Array }) =>
      expect(() => ssmSelective(dims, { ...discrete, ...change }, change.C ?? C, change.x ?? x));
    refuse({ aBar: one }).toThrow(new RangeError('"aBar" expected length 6 (seqLen 3 × dInner 1 × dState 2), got 1'));
    refuse({ bBar: one }).toThrow(new RangeError('"bBar" expected length 6 (seqLen 3 × dInner 1 × dState 2), got 1'));
    refuse({ C: one }).toThrow(new RangeError('"C" expected length 6 (seqLen 3 × dState 2), got 1'));
    refuse({ x: one }).toThrow(new RangeError('"x" expected length 3 (seqLen 3 × dInner 1), got 1'));
  });
});

describe.each([
  ['mamba', discretizeMamba],
  ['zoh', discretizeZoh],
] as const)('the fused selectiveScan, %s', (discretization, rule) => {
  const problems = fc.tuple(fc.nat(6), fc.nat(3), fc.nat(3)).chain(([seqLen, dInner, dState]) =>
    fc.record({
      sizes: fc.constant({ seqLen, dInner, dState }),
      A: gridArray(dInner * dState).map((a) => a.map((value) => -Math.abs(value))),
      step: gridArray(seqLen * dInner).map((delta) => delta.map(Math.abs)),
      B: gridArray(seqLen * dState),
      C: gridArray(seqLen * dState),
      input: gridArray(seqLen * dInner),
    }),
  );

  test('is discretizeSelective, then ssmSelective', () => {
    fc.assert(
      fc.property(problems, ({ sizes, A, step, B, C: read, input }) => {
        const unfused = ssmSelective(sizes, discretizeSelective({ ...sizes, delta: step, A, B, rule }), read, input);
        const { y } = selectiveScan({ ...sizes, x: input, delta: step, A, B, C: read, discretization });
        // |y| ≤ Σ_n |C|·Σ_t |B̄|·|x| ≤ 3·2·(6·2·2·2)
        expectWithin(y, unfused, { k: 8, scale: 288 });
      }),
    );
  });

  test('with constant Δ, B and C is discretizeInvariant, then ssmInvariant: an LTI system', () => {
    fc.assert(
      fc.property(problems, ({ sizes, A, step, input }) => {
        const { seqLen, dInner, dState } = sizes;
        const [B, C] = [A.map((value) => value + 1), A.map((value) => 1 - value)];
        const delta = Float64Array.from({ length: dInner }, (_, d) => step[d] ?? 1);
        const unfused = ssmInvariant(sizes, discretizeInvariant({ dInner, dState, delta, A, B, rule }), C, input);
        const repeated = Float64Array.from({ length: seqLen * dInner }, (_, i) => delta[i % dInner]!);
        const constant = { constantB: true, constantC: true, discretization };
        const { y } = selectiveScan({ ...sizes, ...constant, x: input, delta: repeated, A, B, C });
        expectWithin(y, unfused, { k: 8, scale: 432 });
      }),
    );
  });
});
