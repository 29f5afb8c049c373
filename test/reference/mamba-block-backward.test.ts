import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mambaBlock } from '../../src/reference/mamba-block.ts';
import type { BlockGradients, BlockUpstream } from '../../src/reference/mamba-block-backward.ts';
import { mambaBlockBackward } from '../../src/reference/mamba-block-backward.ts';
import type { LayerState, LayerWeights, MambaConfig } from '../../src/reference/types.ts';
import { cuts, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectGradient } from './gradient-check.ts';
import { atMost } from './runs.ts';
import { seededGrid } from './seeded-grid.ts';
import { configs, gridLayer, gridLayerState, layerTensors, narrow, smallConfig, stateOf } from './small-model.ts';
import { expectUntouched } from './untouched.ts';

interface Problem {
  readonly config: MambaConfig;
  readonly weights: LayerWeights;
  readonly seqLen: number;
  readonly options: { readonly input: Float64Array; readonly state: LayerState; readonly cuSeqlens: number[] };
  readonly upstream: { readonly dOut: Float64Array; readonly dState: LayerState };
  readonly seed: number;
}

/** Sizes first, then bounds of packed sequences; numbers by a seed, inputs and upstream gradients by seeds after it. */
function problems(given: Partial<MambaConfig> = {}, norms?: readonly (number | undefined)[]): fc.Arbitrary<Problem> {
  return fc
    .record({ config: configs(given, norms), seqLen: lengths(5), seed: fc.nat(1e6) })
    .chain((sizes) => cuts(sizes.seqLen).map((cuSeqlens) => ({ ...sizes, cuSeqlens })))
    .map(({ config, seqLen, seed, cuSeqlens }) => {
      const take = seededGrid(seed + 1);
      const sequences = cuSeqlens.length - 1;
      return {
        ...{ config, seqLen, seed, weights: gridLayer(config, seed) },
        options: {
          ...{ input: take(seqLen * config.dModel), cuSeqlens },
          state: gridLayerState(config, seed + 2, sequences),
        },
        upstream: { dOut: take(seqLen * config.dModel), dState: gridLayerState(config, seed + 3, sequences) },
      };
    });
}

/** The loss whose gradients mambaBlockBackward returns. */
function loss({ config, weights, options, upstream }: Problem): number {
  const { out, state } = mambaBlock(config, weights, options.input, options);
  const { convState, h } = upstream.dState;
  return dot(upstream.dOut, out) + dot(convState, state.convState) + dot(h, state.h);
}

function backward({ config, weights, options, upstream }: Problem): BlockGradients {
  return mambaBlockBackward(config, weights, options, upstream);
}

/** Every array of the result by name. */
function named({ dInput, dWeights, dState }: BlockGradients): Map<string, Float64Array> {
  const weights = layerTensors(dWeights).map(({ name, data }) => [name, data] as const);
  return new Map([['input', dInput], ...weights, ['convState', dState.convState], ['h', dState.h]]);
}

function expectIdenticalGradients(actual: BlockGradients, expected: BlockGradients, factor = 1): void {
  const names = named(actual);
  for (const [name, data] of named(expected)) {
    expectIdentical(
      names.get(name)!,
      data.map((v) => factor * v),
      name,
    );
  }
}

/** Sums of the same terms in another order: a few roundings a token of partial sums up to the largest entry. */
function expectNear(actual: Float64Array, expected: Float64Array, parts: readonly Float64Array[], what: string): void {
  expectWithin(actual, expected, { k: 8, scale: 1 + Math.max(0, ...parts.map(largest)) + largest(expected), what });
}

/** Asserts the gradient by every weight, the input and the initial state of one problem. */
function expectAllGradients(problem: Problem): void {
  const { weights, options, seed } = problem;
  const take = seededGrid(seed + 4);
  const gradients = named(backward(problem));
  const check = (what: string, point: Float64Array, at: (p: Float64Array) => Problem) => {
    const gradient = gradients.get(what)!;
    expectGradient({ loss: (p) => loss(at(p)), point, direction: take(point.length), gradient, what });
  };
  for (const { name, data, replace } of layerTensors(weights)) {
    if (name !== 'normWeight') check(name, data, (p) => ({ ...problem, weights: replace(p) }));
  }
  const withState = (state: LayerState): Problem => ({ ...problem, options: { ...options, state } });
  const { state } = options;
  check('convState', state.convState, (convState) => withState({ ...state, convState }));
  check('h', state.h, (h) => withState({ ...state, h }));
  check('input', options.input, (input) => ({ ...problem, options: { ...options, input } }));
}

describe('every gradient against finite differences: each weight by name, the input, the initial state', () => {
  // Some sixty forward passes a run: 60 runs a variant see every combination of sizes and switches. The norms have eps
  // 1/8 here: with 1e-6 they bend too sharply near 0 for finite differences at arbitrary points.
  const variants: [string, Partial<MambaConfig>, (number | undefined)[]][] = [
    ['plain Mamba, B by Euler', { discretization: 'mamba', selective: true }, [undefined]],
    ['zero-order hold for B', { discretization: 'zoh', selective: true }, [undefined, 1 / 8]],
    ["Falcon-Mamba's norms", { selective: true }, [1 / 8]],
    ['time-invariant', { selective: false }, [undefined, 1 / 8]],
    ['all biases', { useBias: true, useConvBias: true }, [undefined, 1 / 8]],
  ];
  test.each(variants)('%s', (_, given, norms) => {
    fc.assert(fc.property(problems(given, norms), expectAllGradients), atMost(60));
  });

  test("Falcon-Mamba's published eps 1e-6, at a fixed point", () => {
    const config = { ...smallConfig, mixerRmsEps: 1e-6 };
    const take = seededGrid(11);
    expectAllGradients({
      ...{ config, seqLen: 5, seed: 12, weights: gridLayer(config, 13) },
      options: { input: take(20), state: gridLayerState(config, 14), cuSeqlens: [0, 5] },
      upstream: { dOut: take(20), dState: gridLayerState(config, 15) },
    });
  });
});

describe('laws', () => {
  test('gradients have the names and lengths of the weights, without normWeight', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const lengthsOf = (layer: object) =>
          Object.fromEntries(layerTensors(layer).map(({ name, data }) => [name, data.length]));
        const { normWeight: _, ...weights } = problem.weights;
        expect(lengthsOf(backward(problem).dWeights)).toEqual(lengthsOf(weights));
      }),
    );
  });

  test('through two chunks, dState chained from the later to the earlier, equals all at once', () => {
    fc.assert(
      fc.property(problems(), fc.nat(), (problem, pick) => {
        const { config, weights, seqLen, upstream, options } = problem;
        const cut = (pick % (seqLen + 1)) * config.dModel;
        const input = [options.input.subarray(0, cut), options.input.subarray(cut)] as const;
        const state = stateOf(config, options.state, 0);
        const dState = stateOf(config, upstream.dState, 0);
        const middle = mambaBlock(config, weights, input[0], { state }).state;
        const later = mambaBlockBackward(
          ...([config, weights] as const),
          { input: input[1], state: middle },
          { dOut: upstream.dOut.subarray(cut), dState },
        );
        const earlier = mambaBlockBackward(
          ...([config, weights] as const),
          { input: input[0], state },
          { dOut: upstream.dOut.subarray(0, cut), dState: later.dState },
        );
        const whole = mambaBlockBackward(
          ...([config, weights] as const),
          { input: options.input, state },
          { dOut: upstream.dOut, dState },
        );
        const [first, second] = [named(earlier), named(later)];
        for (const [name, expected] of named(whole)) {
          const parts = [first.get(name)!, second.get(name)!];
          if (name === 'input') expectNear(Float64Array.of(...parts[0]!, ...parts[1]!), expected, parts, name);
          else if (name === 'convState' || name === 'h') expectNear(parts[0]!, expected, parts, name);
          else {
            expectNear(
              parts[0]!.map((v, i) => v + parts[1]![i]!),
              expected,
              parts,
              name,
            );
          }
        }
      }),
    );
  });

  test('packed equals a loop over the sequences: dInput and dState side by side, dWeights summed', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, options, upstream } = problem;
        const packed = backward(problem);
        const alone = options.cuSeqlens.slice(1).map((end, s) => {
          const [from, to] = [options.cuSeqlens[s]! * config.dModel, end * config.dModel];
          const gradients = mambaBlockBackward(
            ...([config, weights] as const),
            { input: options.input.subarray(from, to), state: stateOf(config, options.state, s) },
            { dOut: upstream.dOut.subarray(from, to), dState: stateOf(config, upstream.dState, s) },
          );
          expectIdentical(packed.dInput.subarray(from, to), gradients.dInput, 'dInput');
          const dState = stateOf(config, packed.dState, s);
          expectIdentical(dState.convState, gradients.dState.convState, 'dState.convState');
          expectIdentical(dState.h, gradients.dState.h, 'dState.h');
          return gradients;
        });
        for (const { name, data } of layerTensors(packed.dWeights)) {
          const parts = alone.map((gradients) => named(gradients).get(name)!);
          const sum = parts.reduce((total, part) => total.map((v, i) => v + part[i]!));
          expectNear(data, sum, parts, name);
        }
      }),
    );
  });

  test('gradients are linear in what comes back: doubling it doubles them, bit for bit', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { dOut, dState } = problem.upstream;
        const double = (data: Float64Array) => data.map((v) => 2 * v);
        const twice = { dOut: double(dOut), dState: { convState: double(dState.convState), h: double(dState.h) } };
        expectIdenticalGradients(backward({ ...problem, upstream: twice }), backward(problem), 2);
      }),
    );
  });

  test('an absent dState and an absent state are zeros', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, options, upstream }) => {
        const { input, cuSeqlens } = options;
        const zeros = { convState: options.state.convState.map(() => 0), h: options.state.h.map(() => 0) };
        expectIdenticalGradients(
          mambaBlockBackward(config, weights, { input, cuSeqlens }, { dOut: upstream.dOut }),
          mambaBlockBackward(
            ...([config, weights] as const),
            { input, cuSeqlens, state: zeros },
            { dOut: upstream.dOut, dState: zeros },
          ),
        );
      }),
    );
  });

  test('no token: dState goes through, every other gradient is zero', () => {
    const config = { ...smallConfig, useBias: true, mixerRmsEps: 1e-6 };
    const dState = gridLayerState(config, 2);
    const gradients = mambaBlockBackward(
      ...([config, gridLayer(config, 1)] as const),
      { input: new Float64Array(0), state: gridLayerState(config, 3) },
      { dOut: new Float64Array(0), dState },
    );
    expectIdentical(gradients.dState.convState, dState.convState);
    expectIdentical(gradients.dState.h, dState.h);
    for (const { name, data } of layerTensors(gradients.dWeights)) expect(largest(data), name).toBe(0);
  });

  test('no operand changes, and no gradient shares memory with one', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        expectUntouched(problem, () => {
          for (const gradient of named(backward(problem)).values()) gradient.fill(99);
          const { dInput, dState } = backward(problem);
          for (const gradient of [dInput, dState.convState, dState.h]) gradient.fill(99);
        });
      }),
    );
  });

  test('float32 weights are read as the numbers they are, and their gradients are float64', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const single = backward({ ...problem, weights: narrow(problem.weights) });
        expectIdenticalGradients(single, backward(problem));
        for (const gradient of Object.values(single.dWeights)) expect(gradient).toBeInstanceOf(Float64Array);
      }),
    );
  });
});

describe('what does not fit is refused', () => {
  const zeros = (length: number) => new Float64Array(length);
  const weights = gridLayer(smallConfig, 1);
  const run = (upstream: BlockUpstream, input = zeros(8)) =>
    mambaBlockBackward(smallConfig, weights, { input }, upstream);

  test.each([
    ['dOut', { dOut: zeros(7) }, '"dY" expected length 8 (rows 2 × dOut 4), got 7'],
    [
      'dState.h',
      { dOut: zeros(8), dState: { convState: zeros(12), h: zeros(6) } },
      '"dHLast" expected length 18 (sequences 1 × state 18), got 6',
    ],
    [
      'dState.convState',
      { dOut: zeros(8), dState: { convState: zeros(6), h: zeros(18) } },
      '"dConvStateLast" expected length 12 (sequences 1 × state 12), got 6',
    ],
  ])('%s', (_, upstream, message) => {
    expect(() => run(upstream)).toThrow(new RangeError(message));
  });

  test('an input that is not a whole number of rows', () => {
    expect(() => run({ dOut: zeros(8) }, zeros(6))).toThrow(
      new RangeError('"input.length / dModel" expected an integer ≥ 0, got 1.5'),
    );
  });
});
