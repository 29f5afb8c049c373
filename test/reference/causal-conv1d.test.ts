import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CausalConv1dInput } from '../../src/reference/causal-conv1d.ts';
import { causalConv1d, causalConv1dBackward } from '../../src/reference/causal-conv1d.ts';
import { cuts, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectUntouched } from './untouched.ts';

// On the grid all sums below are exact: products of up to three k/8 with |k| ≤ 16, a few dozen of them.

interface Problem {
  readonly input: CausalConv1dInput & { readonly convState: Float64Array; readonly cuSeqlens: number[] };
  readonly dY: Float64Array;
  readonly dConvStateLast: Float64Array;
  /** Another point (x, convState) and (weight, bias) to evaluate linear maps at. */
  readonly other: Readonly<Record<'x' | 'convState' | 'weight' | 'bias', Float64Array>>;
}

/** Sizes first (seqLen 0, seqLen < dConv and dConv 1 included), then the bounds of packed sequences, then data. */
const problems: fc.Arbitrary<Problem> = fc
  .record({ seqLen: lengths(9), dInner: fc.nat(3), dConv: fc.integer({ min: 1, max: 5 }), biased: fc.boolean() })
  .chain((sizes) => fc.tuple(fc.constant(sizes), cuts(sizes.seqLen)))
  .chain(([{ seqLen, dInner, dConv, biased }, cuSeqlens]) => {
    const stateLength = (cuSeqlens.length - 1) * (dConv - 1) * dInner;
    const input = fc.record({
      ...{ seqLen: fc.constant(seqLen), dInner: fc.constant(dInner), dConv: fc.constant(dConv) },
      x: gridArray(seqLen * dInner),
      weight: gridArray(dInner * dConv),
      bias: biased ? gridArray(dInner) : fc.constant(undefined),
      convState: gridArray(stateLength),
      cuSeqlens: fc.constant(cuSeqlens),
    });
    const other = fc.record({
      ...{ x: gridArray(seqLen * dInner), convState: gridArray(stateLength) },
      ...{ weight: gridArray(dInner * dConv), bias: gridArray(dInner) },
    });
    return fc.record({ input, dY: gridArray(seqLen * dInner), dConvStateLast: gridArray(stateLength), other });
  });

/** The operands of packed sequence s alone. */
function sequence({ input, dY, dConvStateLast }: Problem, s: number): Omit<Problem, 'other'> {
  const { dInner, dConv, cuSeqlens, convState } = input;
  const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
  const size = (dConv - 1) * dInner;
  const ofState = (state: Float64Array) => state.slice(s * size, (s + 1) * size);
  const x = input.x.slice(start * dInner, end * dInner) as Float64Array;
  return {
    input: { ...input, seqLen: end - start, cuSeqlens: [0, end - start], x, convState: ofState(convState) },
    dY: dY.slice(start * dInner, end * dInner),
    dConvStateLast: ofState(dConvStateLast),
  };
}

const concatenate = (parts: Float64Array[]) => Float64Array.from(parts.flatMap((part) => Array.from(part)));
const total = (parts: Float64Array[]) => parts.reduce((sum, part) => sum.map((v, i) => v + part[i]!));

describe('causalConv1d', () => {
  test('is a cross-correlation whose last tap meets the current token, worked by hand', () => {
    // Two channels; taps (1, 10, 100) and (2, 0, −1); zeros before time 0.
    const input = { seqLen: 3, dInner: 2, dConv: 3, weight: Float64Array.of(1, 10, 100, 2, 0, -1) };
    const x = Float64Array.of(1, 5, 2, 6, 3, 7);
    const { y, convState } = causalConv1d({ ...input, x });
    expectIdentical(y, [100, -5, 210, -6, 321, 2 * 5 - 7]);
    expectIdentical(convState, [2, 6, 3, 7]); // the last two raw inputs, oldest first
    expectIdentical(causalConv1d({ ...input, x, bias: Float64Array.of(0.5, 1) }).y, [100.5, -4, 210.5, -5, 321.5, 4]);
  });

  test('reads the given state as the inputs before token 0, oldest first', () => {
    const input = { seqLen: 1, dInner: 1, dConv: 3, weight: Float64Array.of(1, 10, 100) };
    const { y, convState } = causalConv1d({ ...input, x: Float64Array.of(3), convState: Float64Array.of(1, 2) });
    expectIdentical(y, [321]);
    expectIdentical(convState, [2, 3]);
  });

  test('with one tap scales each token alone and has an empty state', () => {
    const { y, convState } = causalConv1d({
      ...{ seqLen: 2, dInner: 2, dConv: 1 },
      x: Float64Array.of(1, 2, 3, 4),
      weight: Float64Array.of(10, -1),
    });
    expectIdentical(y, [10, -2, 30, -4]);
    expectIdentical(convState, []);
  });

  test('with no tokens returns the state it was given', () => {
    const state = Float64Array.of(1, 2, 3, 4);
    const { y, convState } = causalConv1d({
      ...{ seqLen: 0, dInner: 2, dConv: 3, x: new Float64Array(0), weight: new Float64Array(6), convState: state },
    });
    expectIdentical(y, []);
    expectIdentical(convState, state);
    expect(convState).not.toBe(state);
  });

  test('without a state equals a state of zeros', () => {
    fc.assert(
      fc.property(problems, ({ input }) => {
        const { convState, ...without } = input;
        const zeros = new Float64Array(convState.length);
        const [a, b] = [causalConv1d(without), causalConv1d({ ...input, convState: zeros })];
        expectIdentical(a.y, b.y);
        expectIdentical(a.convState, b.convState);
      }),
    );
  });

  test('is causal: changing token t leaves y before t bit-identical', () => {
    fc.assert(
      fc.property(problems, fc.nat(), ({ input }, at) => {
        const { seqLen, dInner } = input;
        if (seqLen * dInner === 0) return;
        const t = at % seqLen;
        const x = input.x.map((v, i) => (i >= t * dInner ? v + 1 : v)) as Float64Array;
        const [before, after] = [causalConv1d(input).y, causalConv1d({ ...input, x }).y];
        expectIdentical(after.subarray(0, t * dInner), before.subarray(0, t * dInner));
      }),
    );
  });

  test('continues exactly after any split: prefix, then the rest from its state = all at once', () => {
    fc.assert(
      fc.property(problems, fc.nat(), ({ input }, at) => {
        const { seqLen, dInner, dConv } = input;
        const whole = { ...input, cuSeqlens: [0, seqLen], convState: input.convState.slice(0, (dConv - 1) * dInner) };
        const split = at % (seqLen + 1);
        const third = whole.x.map((v) => v / 3) as Float64Array; // full mantissas: order of summation would show
        const prefix = causalConv1d({
          ...{ ...whole, seqLen: split, cuSeqlens: undefined },
          x: third.subarray(0, split * dInner),
        });
        const rest = causalConv1d({
          ...{ ...whole, seqLen: seqLen - split, cuSeqlens: undefined },
          ...{ x: third.subarray(split * dInner), convState: prefix.convState },
        });
        const all = causalConv1d({ ...whole, x: third });
        expectIdentical(concatenate([prefix.y, rest.y]), all.y);
        expectIdentical(rest.convState, all.convState);
      }),
    );
  });

  test('packed equals a loop over the sequences, each with its own state', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const packed = expectUntouched(problem.input, () => causalConv1d(problem.input));
        const parts = problem.input.cuSeqlens.slice(1).map((_, s) => causalConv1d(sequence(problem, s).input));
        expectIdentical(packed.y, concatenate(parts.map((part) => part.y)));
        expectIdentical(packed.convState, concatenate(parts.map((part) => part.convState)));
      }),
    );
  });

  test('mixes no channels: each channel alone gives its column', () => {
    fc.assert(
      fc.property(problems, ({ input }) => {
        const { dInner, dConv, cuSeqlens } = input;
        const { y } = causalConv1d(input);
        const column = (data: ArrayLike<number>, d: number) =>
          Float64Array.from({ length: data.length / dInner }, (_, t) => data[t * dInner + d]!);
        for (let d = 0; d < dInner; d++) {
          const alone = causalConv1d({
            ...{ seqLen: input.seqLen, dInner: 1, dConv, cuSeqlens, x: column(input.x, d) },
            weight: input.weight.subarray(d * dConv, (d + 1) * dConv),
            bias: input.bias?.subarray(d, d + 1),
            convState: column(input.convState, d),
          });
          expectIdentical(alone.y, column(y, d));
        }
      }),
    );
  });
});

describe('causalConv1dBackward', () => {
  test('is worked by hand', () => {
    const input = { seqLen: 2, dInner: 1, dConv: 2, x: Float64Array.of(1, 2), weight: Float64Array.of(3, 5) };
    const gradients = causalConv1dBackward(input, Float64Array.of(1, 10), Float64Array.of(100));
    expectIdentical(gradients.dX, [5 + 30, 50 + 100]); // the last token is also the returned state
    expectIdentical(gradients.dWeight, [10, 1 + 20]);
    expectIdentical(gradients.dBias, [11]);
    expectIdentical(gradients.dConvState, [3]);
  });

  // The convolution is linear in (x, convState), and in the weight: these identities are the gradients' definition.
  test('is adjoint to causalConv1d in x and state, exactly: ⟨dY, y⟩ + ⟨dLast, last⟩ = ⟨dX, x⟩ + ⟨dState, state⟩', () => {
    fc.assert(
      fc.property(problems, ({ input, dY, dConvStateLast, other: { x, convState } }) => {
        const gradients = expectUntouched([input, dY, dConvStateLast], () =>
          causalConv1dBackward(input, dY, dConvStateLast),
        );
        const out = causalConv1d({ ...input, bias: undefined, x, convState });
        expect(dot(gradients.dX, x) + dot(gradients.dConvState, convState)).toBe(
          dot(dY, out.y) + dot(dConvStateLast, out.convState),
        );
      }),
    );
  });

  test('is adjoint in the weight and the bias, exactly: ⟨dY, y⟩ = ⟨dWeight, weight⟩ + ⟨dBias, bias⟩', () => {
    fc.assert(
      fc.property(problems, ({ input, dY, dConvStateLast, other: { weight, bias } }) => {
        const gradients = causalConv1dBackward(input, dY, dConvStateLast);
        const out = causalConv1d({ ...input, weight, bias });
        expect(dot(gradients.dWeight, weight) + dot(gradients.dBias, bias)).toBe(dot(dY, out.y));
      }),
    );
  });

  test('packed equals a loop over the sequences: dX and dConvState side by side, dWeight and dBias summed', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const packed = causalConv1dBackward(problem.input, problem.dY, problem.dConvStateLast);
        const parts = problem.input.cuSeqlens.slice(1).map((_, s) => {
          const { input, dY, dConvStateLast } = sequence(problem, s);
          return causalConv1dBackward(input, dY, dConvStateLast);
        });
        expectIdentical(packed.dX, concatenate(parts.map((part) => part.dX)));
        expectIdentical(packed.dConvState, concatenate(parts.map((part) => part.dConvState)));
        expectIdentical(packed.dWeight, total(parts.map((part) => part.dWeight)));
        expectIdentical(packed.dBias, total(parts.map((part) => part.dBias)));
      }),
    );
  });

  test('without dConvStateLast equals one of zeros', () => {
    fc.assert(
      fc.property(problems, ({ input, dY, dConvStateLast }) => {
        const without = causalConv1dBackward(input, dY);
        const zeros = causalConv1dBackward(input, dY, new Float64Array(dConvStateLast.length));
        expectIdentical(without.dX, zeros.dX);
        expectIdentical(without.dConvState, zeros.dConvState);
      }),
    );
  });
});

describe('the guards of both', () => {
  const good = {
    ...{ seqLen: 2, dInner: 1, dConv: 3 },
    x: new Float64Array(2),
    weight: new Float64Array(3),
  };
  const wrong: [Partial<CausalConv1dInput>, string][] = [
    [{ seqLen: -1 }, '"seqLen" expected an integer ≥ 0, got -1'],
    [{ dInner: 0.5 }, '"dInner" expected an integer ≥ 0, got 0.5'],
    [{ dConv: 0 }, '"dConv" expected an integer ≥ 1, got 0'],
    [{ dConv: Number.NaN }, '"dConv" expected an integer ≥ 1, got NaN'],
    [{ x: new Float64Array(3) }, '"x" expected length 2 (seqLen 2 × dInner 1), got 3'],
    [{ weight: new Float64Array(2) }, '"weight" expected length 3 (dInner 1 × dConv 3), got 2'],
    [{ bias: new Float64Array(2) }, '"bias" expected length 1 (dInner 1), got 2'],
    [{ convState: new Float64Array(3) }, '"convState" expected length 2 (sequences 1 × dConv − 1 2 × dInner 1), got 3'],
    [{ cuSeqlens: [0, 1] }, '"cuSeqlens" expected integers rising from 0 to seqLen 2, got [0, 1]'],
  ];

  test.each(wrong)('refuse %o, forward and backward', (change, message) => {
    const input = { ...good, ...change };
    expect(() => causalConv1d(input)).toThrow(new RangeError(message));
    expect(() => causalConv1dBackward(input, new Float64Array(2))).toThrow(new RangeError(message));
  });

  test('refuse gradients of the wrong length', () => {
    expect(() => causalConv1dBackward(good, new Float64Array(3))).toThrow(
      new RangeError('"dY" expected length 2 (seqLen 2 × dInner 1), got 3'),
    );
    expect(() => causalConv1dBackward(good, new Float64Array(2), new Float64Array(1))).toThrow(
      new RangeError('"dConvStateLast" expected length 2 (sequences 1 × state 2), got 1'),
    );
  });
});
