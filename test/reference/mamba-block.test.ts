import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linear } from '../../src/reference/linear.ts';
import { mambaBlock, mambaBlockStep } from '../../src/reference/mamba-block.ts';
import { rmsNorm } from '../../src/reference/rms-norm.ts';
import { silu } from '../../src/reference/silu.ts';
import { softplus } from '../../src/reference/softplus.ts';
import type { Floats, LayerState, LayerWeights, MambaConfig } from '../../src/reference/types.ts';
import { cuts, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest, u } from '../compare.ts';
import { seededGrid } from './seeded-grid.ts';
import { configs, gridLayer, gridLayerState, narrow, smallConfig, stateOf } from './small-model.ts';
import { expectUntouched } from './untouched.ts';

interface Problem {
  readonly config: MambaConfig;
  readonly weights: LayerWeights;
  readonly input: Float64Array;
  readonly seqLen: number;
  readonly cuSeqlens: number[];
  /** One entry a packed sequence. */
  readonly state: LayerState;
}

/** Sizes first (seqLen 0, 1 and below dConv included), then bounds of packed sequences; numbers by a seed. */
function problems(given: Partial<MambaConfig> = {}, tokens = lengths(9)): fc.Arbitrary<Problem> {
  return fc
    .record({ config: configs(given), seqLen: tokens, seed: fc.nat(1e6) })
    .chain((sizes) => cuts(sizes.seqLen).map((cuSeqlens) => ({ ...sizes, cuSeqlens })))
    .map(({ config, seqLen, seed, cuSeqlens }) => ({
      ...{ config, seqLen, cuSeqlens, weights: gridLayer(config, seed) },
      input: seededGrid(seed + 1)(seqLen * config.dModel, 2),
      state: gridLayerState(config, seed + 2, cuSeqlens.length - 1),
    }));
}

const concatenate = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => Array.from(part)));

function expectIdenticalStates(actual: LayerState, expected: LayerState): void {
  expectIdentical(actual.convState, expected.convState, 'convState');
  expectIdentical(actual.h, expected.h, 'h');
}

/** The whole input read at once from the first state. */
function whole({ config, weights, input, state }: Problem) {
  return mambaBlock(config, weights, input, { state: stateOf(config, state, 0) });
}

describe('by hand', () => {
  // One number of everything, two tokens: the block as a scalar formula.
  const config: MambaConfig = {
    ...{ ...smallConfig, dModel: 1, dInner: 1, dState: 1, dConv: 2, dtRank: 1 },
  };
  const weights: LayerWeights = {
    normWeight: Float64Array.of(Number.NaN), // belongs to the model: never read here
    inProjWeight: Float64Array.of(0.5, -1.5),
    conv1dWeight: Float64Array.of(0.25, 2),
    conv1dBias: Float64Array.of(0.125),
    xProjWeight: Float64Array.of(0.75, -1, 1.25),
    dtProjWeight: Float64Array.of(2),
    dtProjBias: Float64Array.of(-0.5),
    aLog: Float64Array.of(0.25),
    D: Float64Array.of(3),
    outProjWeight: Float64Array.of(-2),
  };
  const input = Float64Array.of(1, -2);

  test('x is the first half of inProj, z the second; D is inside the gate; A = −exp(aLog)', () => {
    const { out, state } = mambaBlock(config, weights, input);
    let [previous, h] = [0, 0];
    const expected = Array.from(input, (u) => {
      const [raw, z] = [0.5 * u, -1.5 * u];
      const x = silu(0.25 * previous + 2 * raw + 0.125);
      previous = raw;
      const delta = softplus(2 * (0.75 * x) - 0.5);
      h = Math.exp(delta * -Math.exp(0.25)) * h + delta * (-1 * x) * x;
      return -2 * (1.25 * x * h + 3 * x) * silu(z);
    });
    expectWithin(out, expected, { k: 16, scale: 10 });
    expectIdentical(state.convState, [-1]);
    expectWithin(state.h, [h], { k: 16, scale: Math.abs(h) });
  });

  test('the biases of inProj and outProj are added', () => {
    const biased = { ...weights, inProjBias: Float64Array.of(1, 2), outProjBias: Float64Array.of(10) };
    // x = 0.5·u + 1 = 0.5·(u + 2) and z = −1.5·u + 2: as if no bias were there, with other inputs for the halves.
    const { out } = mambaBlock({ ...config, useBias: true }, biased, input);
    const halves = { inProjWeight: Float64Array.of(0.5, 0, 0, 1), outProjWeight: weights.outProjWeight };
    const pairs = Float64Array.of(3, 0.5, 0, 5);
    // dModel 2 for the input alone: outProj's second row is zero.
    const wide = { ...weights, ...halves, outProjWeight: Float64Array.of(-2, 0) };
    const plain = mambaBlock({ ...config, dModel: 2 }, wide, pairs).out;
    expectIdentical(out, [plain[0]! + 10, plain[2]! + 10]);
  });
});

describe('laws of continuation', () => {
  test('step by step equals all at once, bit for bit', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, input, seqLen } = problem;
        const all = whole(problem);
        let state = stateOf(config, problem.state, 0);
        const out = Array.from({ length: seqLen }, (_, t) => {
          const token = input.subarray(t * config.dModel, (t + 1) * config.dModel);
          const next = mambaBlockStep(config, weights, token, state);
          state = next.state;
          return next.out;
        });
        expectIdentical(concatenate(out), all.out);
        expectIdenticalStates(state, all.state);
      }),
    );
  });

  test('any split into chunks continues exactly, empty chunks and chunks shorter than dConv included', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, input, cuSeqlens } = problem;
        const all = whole(problem);
        let state = stateOf(config, problem.state, 0);
        const out = cuSeqlens.slice(1).map((end, s) => {
          const chunk = input.subarray(cuSeqlens[s]! * config.dModel, end * config.dModel);
          const next = mambaBlock(config, weights, chunk, { state });
          state = next.state;
          return next.out;
        });
        expectIdentical(concatenate(out), all.out);
        expectIdenticalStates(state, all.state);
      }),
    );
  });

  test('packed equals a loop over the sequences, each with its own state', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, input, cuSeqlens, state }) => {
        const packed = mambaBlock(config, weights, input, { state, cuSeqlens });
        cuSeqlens.slice(1).forEach((end, s) => {
          const [from, to] = [cuSeqlens[s]! * config.dModel, end * config.dModel];
          const alone = mambaBlock(config, weights, input.subarray(from, to), { state: stateOf(config, state, s) });
          expectIdentical(packed.out.subarray(from, to), alone.out);
          expectIdenticalStates(stateOf(config, packed.state, s), alone.state);
        });
      }),
    );
  });

  test('no token leaves the state as it is, as a copy', () => {
    fc.assert(
      fc.property(problems({}, fc.constant(0)), (problem) => {
        const given = stateOf(problem.config, problem.state, 0);
        const { out, state } = mambaBlock(problem.config, problem.weights, problem.input, { state: given });
        expect(out).toHaveLength(0);
        expectIdenticalStates(state, given);
        expect(state.h).not.toBe(given.h);
        expect(state.convState).not.toBe(given.convState);
      }),
    );
  });

  test('no state is a state of zeros, packed or not', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, input, cuSeqlens, state }) => {
        const zeros = { convState: state.convState.map(() => 0), h: state.h.map(() => 0) };
        const [without, withZeros] = [
          mambaBlock(config, weights, input, { cuSeqlens }),
          mambaBlock(config, weights, input, { cuSeqlens, state: zeros }),
        ];
        expectIdentical(without.out, withZeros.out);
        expectIdenticalStates(without.state, withZeros.state);
      }),
    );
  });

  test('a state is a value: neither it, the weights nor the input change, and no result shares memory with them', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, input, cuSeqlens, state }) => {
        expectUntouched([config, weights, input, cuSeqlens, state], () => {
          const next = mambaBlock(config, weights, input, { state, cuSeqlens });
          for (const array of [next.out, next.state.convState, next.state.h]) array.fill(99);
        });
      }),
    );
  });
});

describe('laws of the mixer', () => {
  test('causality: changing the input from token t on leaves every output before t bit-identical', () => {
    fc.assert(
      fc.property(problems(), fc.nat(), (problem, pick) => {
        const { config, seqLen, input } = problem;
        const from = (pick % (seqLen + 1)) * config.dModel;
        const changed = { ...problem, input: input.map((v, i) => (i >= from ? 1 - 2 * v : v)) };
        expectIdentical(whole(changed).out.subarray(0, from), whole(problem).out.subarray(0, from));
      }),
    );
  });

  test('rows of outProj are outputs: doubling them (and their bias) doubles out, bit for bit, and no state', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { outProjWeight, outProjBias } = problem.weights;
        const double = (w: Floats) => w.map((v) => 2 * v);
        const weights = { ...problem.weights, outProjWeight: double(outProjWeight) };
        const biased = outProjBias === undefined ? weights : { ...weights, outProjBias: double(outProjBias) };
        const [once, twice] = [whole(problem), whole({ ...problem, weights: biased })];
        expectIdentical(
          twice.out,
          once.out.map((v) => 2 * v),
        );
        expectIdenticalStates(twice.state, once.state);
      }),
    );
  });

  test('channels have no order: reversing them in every weight and in the state leaves out, within rounding', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights: w, state } = problem;
        const { dInner, dModel } = config;
        /** Reverses an axis of length dInner with `inner` numbers behind it. */
        const flip = (data: Floats, inner: number) =>
          Float64Array.from(data, (_, i) => {
            const [block, j] = [Math.floor(i / inner), i % inner];
            const [outer, d] = [Math.floor(block / dInner), block % dInner];
            return data[((outer + 1) * dInner - 1 - d) * inner + j]!;
          });
        const weights: LayerWeights = {
          ...w,
          inProjWeight: flip(w.inProjWeight, dModel), // both halves
          ...(w.inProjBias && { inProjBias: flip(w.inProjBias, 1) }),
          conv1dWeight: flip(w.conv1dWeight, config.dConv),
          ...(w.conv1dBias && { conv1dBias: flip(w.conv1dBias, 1) }),
          ...{ xProjWeight: flip(w.xProjWeight, 1), dtProjWeight: flip(w.dtProjWeight, config.dtRank) },
          ...{ dtProjBias: flip(w.dtProjBias, 1), aLog: flip(w.aLog, config.dState), D: flip(w.D, 1) },
          outProjWeight: flip(w.outProjWeight, 1),
        };
        const flipped = { convState: flip(state.convState, 1), h: flip(state.h, config.dState) };
        const [straight, actual] = [whole(problem), whole({ ...problem, weights, state: flipped })];
        // Only the sums over channels are reordered, which is as if xProj and outProj were off by some roundings. How far
        // that carries depends on the problem (a norm of width 1 magnifies what cancels), so it is measured on it.
        const nudged = [1, 2, 3, 4].map((k) => {
          const nudge = (data: Floats) => Float64Array.from(data, (v, i) => v * (1 + u * (((i * 5 + k * 3) % 9) - 4)));
          const off = { ...w, xProjWeight: nudge(w.xProjWeight), outProjWeight: nudge(w.outProjWeight) };
          return whole({ ...problem, weights: off }).out;
        });
        const moved = Math.max(0, ...nudged.map((out) => largest(out.map((v, i) => v - straight.out[i]!))));
        expectWithin(actual.out, straight.out, {
          k: 64,
          scale: 1 + largest(straight.out) + largest(straight.state.h) + moved / u,
        });
      }),
    );
  });

  test('without biases, left padding with zero rows changes nothing, bit for bit', () => {
    fc.assert(
      fc.property(problems({ useBias: false, useConvBias: false }), fc.nat(4), ({ config, weights, input }, rows) => {
        const padded = new Float64Array(rows * config.dModel + input.length);
        padded.set(input, rows * config.dModel);
        const [plain, shifted] = [mambaBlock(config, weights, input), mambaBlock(config, weights, padded)];
        expectIdentical(shifted.out.subarray(rows * config.dModel), plain.out);
        expect(largest(shifted.out.subarray(0, rows * config.dModel))).toBe(0);
        expectIdenticalStates(shifted.state, plain.state);
      }),
    );
  });

  test('with a bias in the convolution left padding is not neutral, and right padding never is', () => {
    const input = seededGrid(5)(4 * 4, 2);
    const pad = new Float64Array(4);
    const biased = gridLayer(smallConfig, 4);
    const left = mambaBlock(smallConfig, biased, concatenate([pad, input])).out.subarray(4);
    expect(left).not.toEqual(mambaBlock(smallConfig, biased, input).out);
    const config = { ...smallConfig, useConvBias: false };
    const weights = gridLayer(config, 4);
    const right = mambaBlock(config, weights, concatenate([input, pad])).state.h;
    expect(right).not.toEqual(mambaBlock(config, weights, input).state.h);
  });

  test('float32 weights are read as the numbers they are', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const single = whole({ ...problem, weights: narrow(problem.weights) });
        expectIdentical(single.out, whole(problem).out);
        expectIdenticalStates(single.state, whole(problem).state);
        expect(single.out).toBeInstanceOf(Float64Array);
      }),
    );
  });

  test('mamba is the default discretization, selection is on by default', () => {
    const config = { ...smallConfig, discretization: 'mamba' as const, selective: true };
    const [weights, input] = [gridLayer(config, 3), seededGrid(4)(3 * 4, 2)];
    const { out } = mambaBlock(smallConfig, weights, input);
    expectIdentical(mambaBlock(config, weights, input).out, out);
    expect(mambaBlock({ ...config, discretization: 'zoh' }, weights, input).out).not.toEqual(out);
    expect(mambaBlock({ ...config, selective: false }, weights, input).out).not.toEqual(out);
  });
});

/** `weights` with the rows of xProj for Δ, B and C multiplied by the given factors. */
function scaledXProj(config: MambaConfig, weights: LayerWeights, byDelta: number, byB: number, byC: number) {
  const { dInner, dState, dtRank } = config;
  const xProjWeight = weights.xProjWeight.map((w, i) => {
    const row = Math.floor(i / dInner);
    if (row < dtRank) return byDelta * w;
    return row < dtRank + dState ? byB * w : byC * w;
  });
  return { ...weights, xProjWeight };
}

describe("Falcon-Mamba's norms", () => {
  const power = fc.integer({ min: -8, max: 8 }).map((k) => 2 ** k);

  test('without eps the scales of Δ, B and C do not matter, bit for bit', () => {
    fc.assert(
      fc.property(problems({ mixerRmsEps: 0 }), power, power, power, (problem, byDelta, byB, byC) => {
        const weights = scaledXProj(problem.config, problem.weights, byDelta, byB, byC);
        const [plain, scaled] = [whole(problem), whole({ ...problem, weights })];
        expectIdentical(scaled.out, plain.out);
        expectIdenticalStates(scaled.state, plain.state);
      }),
    );
  });

  test('with eps 1e-6 doubling the rows of B changes out by about eps, not by a factor', () => {
    const config = { ...smallConfig, mixerRmsEps: 1e-6 };
    const [weights, input] = [gridLayer(config, 6), seededGrid(7)(5 * 4, 2)];
    const plain = mambaBlock(config, weights, input).out;
    const doubled = mambaBlock(config, scaledXProj(config, weights, 1, 2, 1), input).out;
    const change = largest(doubled.map((v, i) => v - plain[i]!)) / largest(plain);
    expect(change).toBeGreaterThan(0);
    expect(change).toBeLessThan(1e-4);
  });

  test('plain Mamba has none: doubling the rows of B or of C doubles what the scan adds to D·x, bit for bit', () => {
    fc.assert(
      fc.property(problems({ useBias: false }), fc.boolean(), ({ config, weights, input }, byB) => {
        const { mixerRmsEps: _, ...plain } = config;
        const bare = { ...weights, D: weights.D.map(() => 0) };
        const double = byB ? scaledXProj(plain, bare, 1, 2, 1) : scaledXProj(plain, bare, 1, 1, 2);
        expectIdentical(
          mambaBlock(plain, double, input).out,
          mambaBlock(plain, bare, input).out.map((v) => 2 * v),
        );
      }),
    );
  });
});

describe('the time-invariant variant (selective: false)', () => {
  test('projects Δ, B and C from ones: the same row for every token, whatever comes in', () => {
    fc.assert(
      fc.property(problems({ selective: false }), ({ config, weights, input, seqLen }) => {
        const { dInner, dState, dtRank } = config;
        const width = dtRank + 2 * dState;
        const ones = new Float64Array(dInner).fill(1);
        const row = linear({ rows: 1, dIn: dInner, dOut: width }, ones, weights.xProjWeight);
        const norm = (part: Float64Array) =>
          config.mixerRmsEps === undefined
            ? part
            : rmsNorm({ rows: 1, width: part.length, eps: config.mixerRmsEps }, part);
        const expected: Record<string, Float64Array> = {
          deltaLow: norm(row.subarray(0, dtRank)),
          B: norm(row.subarray(dtRank, dtRank + dState)),
          C: norm(row.subarray(dtRank + dState)),
        };
        const trace = (name: string, _: readonly number[], data: Floats) => {
          if (expected[name] === undefined) return;
          expectIdentical(data, concatenate(new Array(seqLen).fill(expected[name])), name);
        };
        mambaBlock(config, weights, input, { trace });
      }),
    );
  });
});

/** Runs the block and collects what the trace saw, in order. */
function traced({ config, weights, input, cuSeqlens, state }: Problem) {
  const seen = new Map<string, { shape: readonly number[]; data: Float64Array }>();
  const result = mambaBlock(config, weights, input, {
    ...{ state, cuSeqlens },
    trace: (name, shape, data) => seen.set(name, { shape, data: Float64Array.from(data) }),
  });
  return { ...result, seen, get: (name: string) => seen.get(name)!.data };
}

describe('the trace', () => {
  test('sees every intermediate once, in order, with a length that is the product of its shape', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, seqLen, cuSeqlens } = problem;
        const { dModel, dInner, dState, dConv, dtRank } = config;
        const sequences = cuSeqlens.length - 1;
        const { seen } = traced(problem);
        expect(Array.from(seen, ([name, { shape }]) => [name, ...shape])).toEqual([
          ['xz', seqLen, 2 * dInner],
          ['conv', seqLen, dInner],
          ['convState', sequences, dConv - 1, dInner],
          ['x', seqLen, dInner],
          ['z', seqLen, dInner],
          ['deltaLow', seqLen, dtRank],
          ['B', seqLen, dState],
          ['C', seqLen, dState],
          ['delta', seqLen, dInner],
          ['stepSize', seqLen, dInner],
          ['A', dInner, dState],
          ['y', seqLen, dInner],
          ['hLast', sequences, dInner, dState],
          ['out', seqLen, dModel],
        ]);
        for (const [name, { shape, data }] of seen) {
          const product = shape.reduce((a, b) => a * b, 1);
          expect(data.length, name).toBe(product);
        }
      }),
    );
  });

  test('shows what the formulas say: the halves of xz, x = silu(conv), stepSize, A, out, the states', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, seqLen } = problem;
        const { dInner, dModel, dtRank } = config;
        const { out, state, get } = traced(problem);
        expectIdentical(get('x'), get('conv').map(silu));
        const z = get('xz').filter((_, i) => i % (2 * dInner) >= dInner);
        expectIdentical(get('z'), z);
        const projected = { rows: seqLen, dIn: dtRank, dOut: dInner };
        expectIdentical(get('delta'), linear(projected, get('deltaLow'), weights.dtProjWeight));
        const stepSize = get('delta').map((v, i) => softplus(v + weights.dtProjBias[i % dInner]!));
        expectIdentical(get('stepSize'), stepSize);
        expectIdentical(
          get('A'),
          Float64Array.from(weights.aLog, (a) => -Math.exp(a)),
        );
        const outProj = { rows: seqLen, dIn: dInner, dOut: dModel };
        expectIdentical(get('out'), linear(outProj, get('y'), weights.outProjWeight, weights.outProjBias));
        expectIdentical(get('out'), out);
        expectIdenticalStates({ convState: get('convState'), h: get('hLast') }, state);
      }),
    );
  });

  test('changes nothing by being there', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, input, cuSeqlens, state } = problem;
        const [without, seen] = [mambaBlock(config, weights, input, { state, cuSeqlens }), traced(problem)];
        expectIdentical(seen.out, without.out);
        expectIdenticalStates(seen.state, without.state);
      }),
    );
  });
});

describe('wrong operands are refused', () => {
  const [weights, input] = [gridLayer(smallConfig, 1), new Float64Array(2 * 4)];
  const withBiases = { ...smallConfig, useBias: true };
  const biased = gridLayer(withBiases, 1);
  const zeros = (length: number) => new Float64Array(length);
  const state = gridLayerState(smallConfig, 1);

  test('an input that is not a whole number of rows', () => {
    expect(() => mambaBlock(smallConfig, weights, zeros(6))).toThrow(
      new RangeError('"input.length / dModel" expected an integer ≥ 0, got 1.5'),
    );
  });

  test.each([
    ['inProjWeight', 47, '"inProjWeight" expected length 48 (2·dInner 12 × dModel 4), got 47'],
    ['inProjBias', 11, '"inProjBias" expected length 12 (2·dInner 12), got 11'],
    ['conv1dWeight', 17, '"conv1dWeight" expected length 18 (dInner 6 × dConv 3), got 17'],
    ['conv1dBias', 5, '"conv1dBias" expected length 6 (dInner 6), got 5'],
    ['xProjWeight', 47, '"xProjWeight" expected length 48 (dtRank + 2·dState 8 × dInner 6), got 47'],
    ['dtProjWeight', 11, '"dtProjWeight" expected length 12 (dInner 6 × dtRank 2), got 11'],
    ['dtProjBias', 5, '"dtProjBias" expected length 6 (dInner 6), got 5'],
    ['aLog', 17, '"aLog" expected length 18 (dInner 6 × dState 3), got 17'],
    ['D', 5, '"D" expected length 6 (dInner 6), got 5'],
    ['outProjWeight', 23, '"outProjWeight" expected length 24 (dModel 4 × dInner 6), got 23'],
    ['outProjBias', 3, '"outProjBias" expected length 4 (dModel 4), got 3'],
  ])('%s of length %i', (name, length, message) => {
    expect(() => mambaBlock(withBiases, { ...biased, [name]: zeros(length) }, input)).toThrow(new RangeError(message));
  });

  test('a bias against the config', () => {
    const { conv1dBias: _, ...without } = weights;
    expect(() => mambaBlock(smallConfig, without, input)).toThrow(
      new RangeError('"conv1dBias" expected an array since useConvBias is true, got none'),
    );
    expect(() => mambaBlock(smallConfig, { ...weights, inProjBias: zeros(12) }, input)).toThrow(
      new RangeError('"inProjBias" expected none since useBias is false, got one'),
    );
    expect(() => mambaBlock(smallConfig, { ...weights, outProjBias: zeros(4) }, input)).toThrow(
      new RangeError('"outProjBias" expected none since useBias is false, got one'),
    );
  });

  test('states that do not fit', () => {
    const short = { ...state, convState: zeros(6) };
    expect(() => mambaBlock(smallConfig, weights, input, { state: short })).toThrow(
      new RangeError('"convState" expected length 12 (sequences 1 × dConv − 1 2 × dInner 6), got 6'),
    );
    const narrowState = { ...state, h: zeros(6) };
    expect(() => mambaBlock(smallConfig, weights, input, { state: narrowState })).toThrow(
      new RangeError('"h0" expected length 18 (sequences 1 × dInner 6 × dState 3), got 6'),
    );
    expect(() => mambaBlock(smallConfig, weights, input, { state, cuSeqlens: [0, 1, 2] })).toThrow(RangeError);
    expect(() => mambaBlock(smallConfig, weights, input, { cuSeqlens: [0, 1] })).toThrow(
      new RangeError('"cuSeqlens" expected integers rising from 0 to seqLen 2, got [0, 1]'),
    );
  });
});
