import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discretizeBilinear, discretizeEuler, discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import type { SelectiveDiscretizationInput } from '../../src/reference/discretize-selective.ts';
import { discretizeSelective } from '../../src/reference/discretize-selective.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';

const problems: fc.Arbitrary<SelectiveDiscretizationInput> = fc
  .tuple(fc.nat(4), fc.nat(3), fc.nat(3))
  .chain(([seqLen, dInner, dState]) =>
    fc.record({
      seqLen: fc.constant(seqLen),
      dInner: fc.constant(dInner),
      dState: fc.constant(dState),
      delta: gridArray(seqLen * dInner),
      A: gridArray(dInner * dState),
      B: gridArray(seqLen * dState),
    }),
  );

describe.each(Object.entries({ discretizeZoh, discretizeBilinear, discretizeEuler, discretizeMamba }))(
  'discretizeSelective by %s',
  (_, rule) => {
    test('entry (t, d, n) is the rule of Δ[t,d], A[d,n], B[t,n], bit for bit', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const { seqLen, dInner, dState, delta, A, B } = problem;
          const aBar: number[] = [];
          const bBar: number[] = [];
          for (let t = 0; t < seqLen; t++) {
            for (let d = 0; d < dInner; d++) {
              for (let n = 0; n < dState; n++) {
                const entry = rule(delta[t * dInner + d]!, A[d * dState + n]!, B[t * dState + n]!);
                aBar.push(entry.aBar);
                bBar.push(entry.bBar);
              }
            }
          }
          const all = discretizeSelective({ ...problem, rule });
          expectIdentical(all.aBar, aBar);
          expectIdentical(all.bBar, bBar);
        }),
      );
    });
  },
);

test('by hand, with three different sizes and Euler', () => {
  const { aBar, bBar } = discretizeSelective({
    seqLen: 2,
    dInner: 1,
    dState: 3,
    delta: Float64Array.of(1, 2),
    A: Float64Array.of(-1, -2, -3),
    B: Float64Array.of(1, 2, 3, 4, 5, 6),
    rule: discretizeEuler,
  });
  expectIdentical(aBar, [0, -1, -2, -1, -3, -5]);
  expectIdentical(bBar, [1, 2, 3, 8, 10, 12]);
});

test('the rule is Mamba’s unless told otherwise', () => {
  const one = {
    seqLen: 1,
    dInner: 1,
    dState: 1,
    delta: Float64Array.of(0.5),
    A: Float64Array.of(-2),
    B: Float64Array.of(3),
  };
  const { aBar, bBar } = discretizeSelective(one);
  expectIdentical([...aBar, ...bBar], [Math.exp(-1), 1.5]);
});

test('wrong shapes are refused by name', () => {
  const good = {
    seqLen: 2,
    dInner: 3,
    dState: 4,
    delta: new Float64Array(6),
    A: new Float64Array(12),
    B: new Float64Array(8),
  };
  const wrong: [Partial<SelectiveDiscretizationInput>, string][] = [
    [{ seqLen: -1 }, '"seqLen" expected an integer ≥ 0, got -1'],
    [{ dInner: 1.5 }, '"dInner" expected an integer ≥ 0, got 1.5'],
    [{ dState: NaN }, '"dState" expected an integer ≥ 0, got NaN'],
    [{ delta: new Float64Array(5) }, '"delta" expected length 6 (seqLen 2 × dInner 3), got 5'],
    [{ A: new Float64Array(11) }, '"A" expected length 12 (dInner 3 × dState 4), got 11'],
    [{ B: new Float64Array(9) }, '"B" expected length 8 (seqLen 2 × dState 4), got 9'],
  ];
  for (const [change, message] of wrong) {
    expect(() => discretizeSelective({ ...good, ...change })).toThrow(new RangeError(message));
  }
});
