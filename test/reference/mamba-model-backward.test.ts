import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../../src/reference/cross-entropy.ts';
import { initialWeights } from '../../src/reference/initial-weights.ts';
import { mambaModelForward, mambaModelLogits, zeroState } from '../../src/reference/mamba-model.ts';
import type { ModelGradients, ModelUpstream } from '../../src/reference/mamba-model-backward.ts';
import { mambaModelBackward, mambaModelLoss } from '../../src/reference/mamba-model-backward.ts';
import type { MambaConfig, State, Weights } from '../../src/reference/types.ts';
import { cuts, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectGradient } from './gradient-check.ts';
import { atMost } from './runs.ts';
import { seededGrid, seededUniform } from './seeded-grid.ts';
import { configs, gridState, gridWeights, modelTensors, narrow, smallConfig, stateOf } from './small-model.ts';
import { expectUntouched } from './untouched.ts';

interface Problem {
  readonly config: MambaConfig;
  readonly weights: Weights;
  readonly options: { readonly ids: number[]; readonly state: State; readonly cuSeqlens: number[] };
  readonly upstream: { readonly dLogits: Float64Array; readonly dState: State };
  readonly seed: number;
}

function problems(given: Partial<MambaConfig> = {}, norms?: readonly (number | undefined)[]): fc.Arbitrary<Problem> {
  return fc
    .record({ config: configs(given, norms), seqLen: lengths(5), seed: fc.nat(1e6) })
    .chain(({ config, seqLen, seed }) =>
      fc.record({
        ...{ config: fc.constant(config), seed: fc.constant(seed), cuSeqlens: cuts(seqLen) },
        ids: fc.array(fc.nat(config.vocabSize - 1), { minLength: seqLen, maxLength: seqLen }),
      }),
    )
    .map(({ config, seed, cuSeqlens, ids }) => {
      const sequences = cuSeqlens.length - 1;
      return {
        ...{ config, seed, weights: gridWeights(config, seed) },
        options: { ids, cuSeqlens, state: gridState(config, seed + 1, sequences) },
        upstream: {
          dLogits: seededGrid(seed + 2)(ids.length * config.vocabSize),
          dState: gridState(config, seed + 3, sequences),
        },
      };
    });
}

const backward = ({ config, weights, options, upstream }: Problem) =>
  mambaModelBackward(config, weights, options, upstream);

/** Every array of a state by name. */
function stateTensors({ layers }: State): [string, Float64Array][] {
  return layers.flatMap(({ convState, h }, i): [string, Float64Array][] => [
    [`state.${i}.convState`, convState],
    [`state.${i}.h`, h],
  ]);
}

/** Every array of the result by name. */
function named({ dWeights, dState }: ModelGradients): Map<string, Float64Array> {
  const weights = modelTensors(dWeights).map(({ name, data }): [string, Float64Array] => [name, data]);
  return new Map([...weights, ...stateTensors(dState)]);
}

function expectIdenticalGradients(actual: ModelGradients, expected: ModelGradients, factor = 1): void {
  const names = named(actual);
  for (const [name, data] of named(expected)) {
    expectIdentical(
      names.get(name)!,
      data.map((v) => factor * v),
      name,
    );
  }
}

/** The loss whose gradients mambaModelBackward returns. */
function loss({ config, weights, options, upstream }: Problem): number {
  const { hidden, state } = mambaModelForward(config, weights, options.ids, options);
  const states = stateTensors(state);
  return stateTensors(upstream.dState).reduce(
    (sum, [, d], i) => sum + dot(d, states[i]![1]),
    dot(upstream.dLogits, mambaModelLogits(config, weights, hidden)),
  );
}

describe('every gradient against finite differences: each weight by name, each initial state', () => {
  // Norms scale small rows up, the loss bends by 1/rms: rows are kept away from 0 by eps 1/8.
  function expectAllGradients(problem: Problem): void {
    const { weights, options, seed } = problem;
    const take = seededGrid(seed + 4);
    const gradients = named(backward(problem));
    const check = (what: string, point: Float64Array, at: (p: Float64Array) => Problem) => {
      const direction = take(point.length);
      expectGradient({ loss: (p) => loss(at(p)), point, direction, gradient: gradients.get(what)!, what });
    };
    for (const { name, data, replace } of modelTensors(weights)) {
      check(name, data, (p) => ({ ...problem, weights: replace(p) }));
    }
    options.state.layers.forEach((layer, i) => {
      const withLayer = (other: typeof layer): Problem => {
        const state = { layers: options.state.layers.with(i, other) };
        return { ...problem, options: { ...options, state } };
      };
      check(`state.${i}.convState`, layer.convState, (convState) => withLayer({ ...layer, convState }));
      check(`state.${i}.h`, layer.h, (h) => withLayer({ ...layer, h }));
    });
  }

  // Over a hundred forward passes of the whole model a run.
  const runs = atMost(40);
  const variants: [string, Partial<MambaConfig>, (number | undefined)[]][] = [
    ['plain Mamba, tied', { tieWordEmbeddings: true, selective: true, discretization: 'mamba' }, [undefined]],
    ['Falcon-Mamba, untied', { tieWordEmbeddings: false, selective: true }, [1 / 8]],
    ['time-invariant, with biases', { selective: false, useBias: true, useConvBias: true }, [undefined]],
  ];
  test.each(variants)('%s', (_, given, norms) => {
    fc.assert(fc.property(problems({ normEps: 1 / 8, ...given }, norms), expectAllGradients), runs);
  });
});

/** Backward passes of whole models take a millisecond or two. */
const runs = atMost(300);

describe('laws of the gradient', () => {
  /** Sums of the same terms in another order: a few roundings a token of partial sums up to the largest entry. */
  function expectNear(actual: Float64Array, expected: Float64Array, parts: readonly Float64Array[], what: string) {
    expectWithin(actual, expected, { k: 16, scale: 1 + Math.max(0, ...parts.map(largest)) + largest(expected), what });
  }
  const sum = (parts: readonly Float64Array[]) => parts.reduce((total, part) => total.map((v, i) => v + part[i]!));
  const sequenceState = (config: MambaConfig, { layers }: State, s: number): State => ({
    layers: layers.map((layer) => stateOf(config, layer, s)),
  });

  test('gradients have the names and lengths of the weights', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const lengthsOf = (weights: Weights) =>
          Object.fromEntries(modelTensors(weights).map(({ name, data }) => [name, data.length]));
        expect(lengthsOf(backward(problem).dWeights)).toEqual(lengthsOf(problem.weights));
      }),
      runs,
    );
  });

  test('through two chunks, dState chained from the later to the earlier, equals all at once', () => {
    fc.assert(
      fc.property(problems({ normEps: 1 / 8 }, [undefined, 1 / 8]), fc.nat(), (problem, pick) => {
        const { config, weights, options, upstream } = problem;
        const cut = pick % (options.ids.length + 1);
        const ids = [options.ids.slice(0, cut), options.ids.slice(cut)] as const;
        const at = cut * config.vocabSize;
        const state = sequenceState(config, options.state, 0);
        const dState = sequenceState(config, upstream.dState, 0);
        const { dLogits } = upstream;
        const middle = mambaModelForward(config, weights, ids[0], { state }).state;
        const late: Problem['options'] = { ids: ids[1], state: middle, cuSeqlens: [0, ids[1].length] };
        const later = mambaModelBackward(config, weights, late, { dLogits: dLogits.subarray(at), dState });
        const early = { ids: ids[0], state };
        const back = { dLogits: dLogits.subarray(0, at), dState: later.dState };
        const earlier = mambaModelBackward(config, weights, early, back);
        const whole = mambaModelBackward(config, weights, { ids: options.ids, state }, { dLogits, dState });
        const [first, second] = [named(earlier), named(later)];
        for (const [name, expected] of named(whole)) {
          const parts = [first.get(name)!, second.get(name)!];
          expectNear(name.startsWith('state.') ? parts[0]! : sum(parts), expected, parts, name);
        }
      }),
      runs,
    );
  });

  test('packed equals a loop over the sequences: dState side by side, dWeights summed', () => {
    fc.assert(
      fc.property(problems({ normEps: 1 / 8 }, [undefined, 1 / 8]), (problem) => {
        const { config, weights, options, upstream } = problem;
        const packed = backward(problem);
        const alone = options.cuSeqlens.slice(1).map((end, s) => {
          const start = options.cuSeqlens[s]!;
          const dLogits = upstream.dLogits.subarray(start * config.vocabSize, end * config.vocabSize);
          const gradients = mambaModelBackward(
            ...([config, weights] as const),
            { ids: options.ids.slice(start, end), state: sequenceState(config, options.state, s) },
            { dLogits, dState: sequenceState(config, upstream.dState, s) },
          );
          const expected = stateTensors(gradients.dState);
          stateTensors(sequenceState(config, packed.dState, s)).forEach(([name, data], i) => {
            expectIdentical(data, expected[i]![1], name);
          });
          return named(gradients);
        });
        for (const { name, data } of modelTensors(packed.dWeights)) {
          const parts = alone.map((gradients) => gradients.get(name)!);
          expectNear(data, sum(parts), parts, name);
        }
      }),
      runs,
    );
  });

  test('a tied embedding collects both roles: its gradient is that of an untied one plus that of the head', () => {
    fc.assert(
      fc.property(problems({ tieWordEmbeddings: true }), (problem) => {
        const { config, weights } = problem;
        const tied = backward(problem).dWeights;
        const untied = backward({
          ...problem,
          config: { ...config, tieWordEmbeddings: false },
          weights: { ...weights, lmHeadWeight: weights.embeddingWeight },
        }).dWeights;
        const both = untied.embeddingWeight.map((v, i) => v + untied.lmHeadWeight![i]!);
        expectIdentical(tied.embeddingWeight, both);
        expect(tied).not.toHaveProperty('lmHeadWeight');
        tied.layers.forEach((layer, i) => {
          for (const [name, data] of Object.entries(layer)) {
            expectIdentical(data, untied.layers[i]![name as keyof typeof layer]!, name);
          }
        });
      }),
      runs,
    );
  });

  test('gradients are linear in what comes back: doubling it doubles them, bit for bit', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { dLogits, dState } = problem.upstream;
        const double = (data: Float64Array) => data.map((v) => 2 * v);
        const layers = dState.layers.map(({ convState, h }) => ({ convState: double(convState), h: double(h) }));
        const twice = { dLogits: double(dLogits), dState: { layers } };
        expectIdenticalGradients(backward({ ...problem, upstream: twice }), backward(problem), 2);
      }),
      runs,
    );
  });

  test('an absent dState and an absent state are zeros', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, options: { ids }, upstream: { dLogits } }) => {
        const zeros = zeroState(config);
        expectIdenticalGradients(
          mambaModelBackward(config, weights, { ids }, { dLogits }),
          mambaModelBackward(config, weights, { ids, state: zeros }, { dLogits, dState: zeros }),
        );
      }),
      runs,
    );
  });

  test('no operand changes, and no gradient shares memory with one', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        expectUntouched(problem, () => {
          const { dWeights, dState } = backward(problem);
          const { layers, ...outer } = dWeights;
          for (const record of [outer, ...layers, ...dState.layers]) {
            for (const array of Object.values(record)) array.fill(99);
          }
        });
      }),
      runs,
    );
  });

  test('float32 weights are read as the numbers they are', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        expectIdenticalGradients(backward({ ...problem, weights: narrow(problem.weights) }), backward(problem));
      }),
      runs,
    );
  });

  test('the trace sees the forward pass once more, all of it, and changes nothing', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, options, upstream } = problem;
        const [forward, again] = [new Map<string, number[]>(), new Map<string, number[]>()];
        const into = (seen: Map<string, number[]>) => (name: string, _: readonly number[], data: ArrayLike<number>) => {
          expect(seen.has(name)).toBe(false);
          seen.set(name, Array.from(data));
        };
        mambaModelForward(config, weights, options.ids, { ...options, trace: into(forward) });
        const gradients = mambaModelBackward(config, weights, { ...options, trace: into(again) }, upstream);
        expectIdenticalGradients(gradients, backward(problem));
        expect([...again.keys()]).toEqual([...forward.keys()]);
        for (const [name, data] of again) expectIdentical(data, forward.get(name)!, name);
      }),
      runs,
    );
  });
});

describe('mambaModelLoss', () => {
  const sequences = problems().chain(({ config, weights, options: { ids }, seed }) =>
    fc.record({
      ...{ config: fc.constant(config), weights: fc.constant(weights), seed: fc.constant(seed) },
      sequence: fc.record({
        ids: fc.constant(ids),
        targets: fc.array(fc.nat(config.vocabSize - 1), { minLength: ids.length, maxLength: ids.length }),
        tokenWeights: gridArray(ids.length),
      }),
    }),
  );

  test('is the weighted sum of the cross-entropies of the next tokens, and returns the logits', () => {
    fc.assert(
      fc.property(sequences, ({ config, weights, sequence }) => {
        const { ids, targets, tokenWeights } = sequence;
        const expected = mambaModelLogits(config, weights, mambaModelForward(config, weights, ids).hidden);
        const { loss, logits } = expectUntouched([weights, sequence], () => mambaModelLoss(config, weights, sequence));
        expectIdentical(logits, expected);
        const losses = crossEntropy({ rows: ids.length, vocabSize: config.vocabSize }, logits, targets);
        const scale = dot(tokenWeights.map(Math.abs), losses);
        expectWithin([loss], [dot(tokenWeights, losses)], { k: 8, scale });
      }),
      runs,
    );
  });

  test('without weights is the mean: as with weights 1/seqLen, bit for bit', () => {
    fc.assert(
      fc.property(sequences, ({ config, weights, sequence: { ids, targets } }) => {
        const mean = mambaModelLoss(config, weights, { ids, targets });
        const tokenWeights = new Float64Array(ids.length).fill(1 / ids.length);
        const weighted = mambaModelLoss(config, weights, { ids, targets, tokenWeights });
        expect(mean.loss).toBe(weighted.loss);
        const gradients = ({ dWeights }: typeof mean) => ({ dWeights, dState: { layers: [] } });
        expectIdenticalGradients(gradients(mean), gradients(weighted));
      }),
      runs,
    );
  });

  test('of no token is 0, with zero gradients', () => {
    const { loss, logits, dWeights } = mambaModelLoss(smallConfig, gridWeights(smallConfig, 1), {
      ids: [],
      targets: [],
    });
    expect(loss).toBe(0);
    expect(logits).toHaveLength(0);
    for (const { name, data } of modelTensors(dWeights)) expect(largest(data), name).toBe(0);
  });

  test('dWeights is its slope along all weights at once', () => {
    fc.assert(
      fc.property(sequences, ({ config: drawn, weights, sequence, seed }) => {
        const { mixerRmsEps, ...plain } = drawn; // eps 1e-6 bends too sharply near 0
        const config = { ...plain, normEps: 1 / 8, ...(mixerRmsEps !== undefined && { mixerRmsEps: 1 / 8 }) };
        const tensors = modelTensors(weights);
        /** The weights with all tensors taken, one after another, from one long array. */
        const at = (p: Float64Array) => {
          let from = 0;
          return tensors.reduce((changed, { name, data }) => {
            const part = p.slice(from, from + data.length);
            from += data.length;
            return modelTensors(changed)
              .find((one) => one.name === name)!
              .replace(part);
          }, weights);
        };
        const joined = (model: Weights) =>
          Float64Array.from(modelTensors(model).flatMap(({ data }) => Array.from(data)));
        const point = joined(weights);
        expectGradient({
          loss: (p) => mambaModelLoss(config, at(p), sequence).loss,
          ...{ point, direction: seededGrid(seed + 4)(point.length) },
          gradient: joined(mambaModelLoss(config, weights, sequence).dWeights),
        });
      }),
      atMost(100), // six losses with their gradients a run
    );
  });

  test('falls at every step of plain gradient descent, and to less than 3/5 in 100 steps', () => {
    for (const change of [{}, { mixerRmsEps: 1e-6, tieWordEmbeddings: false, useBias: true }, { selective: false }]) {
      const config = { ...smallConfig, ...change };
      const sequence = { ids: [1, 2, 3, 4, 1, 2, 3, 4], targets: [2, 3, 4, 1, 2, 3, 4, 1] };
      const descend = (weights: Weights, dWeights: Weights) => {
        const gradients = modelTensors(dWeights);
        return modelTensors(weights).reduce((moved, { name, data }, i) => {
          const step = data.map((w, j) => w - 0.03 * gradients[i]!.data[j]!);
          return modelTensors(moved)
            .find((one) => one.name === name)!
            .replace(step);
        }, weights);
      };
      // An embedding of size 1: at the usual 0.02 the first norm makes its slope fifty times as steep.
      const initial = initialWeights(config, seededUniform(1));
      let weights: Weights = { ...initial, embeddingWeight: initial.embeddingWeight.map((w) => 50 * w) };
      const losses = Array.from({ length: 100 }, () => {
        const { loss, dWeights } = mambaModelLoss(config, weights, sequence);
        weights = descend(weights, dWeights);
        return loss;
      });
      losses.slice(1).forEach((loss, step) => {
        expect(loss, `after step ${step}`).toBeLessThan(losses[step]!);
      });
      expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    }
  });
});

describe('what does not fit is refused', () => {
  const weights = gridWeights(smallConfig, 1);
  const zeros = (length: number) => new Float64Array(length);
  const run = (upstream: ModelUpstream, change: { weights?: Weights; state?: State; ids?: number[] } = {}) =>
    mambaModelBackward(
      ...([smallConfig, change.weights ?? weights] as const),
      { ids: change.ids ?? [0, 1], state: change.state },
      upstream,
    );
  const refuse = (action: () => unknown, message: string) => expect(action).toThrow(new RangeError(message));

  test('counts of layers', () => {
    const dLogits = zeros(14);
    const none = { layers: [] };
    const short = { ...weights, layers: weights.layers.slice(1) };
    refuse(() => run({ dLogits }, { weights: short }), '"weights.layers" expected 2 layers (nLayer), got 1');
    refuse(() => run({ dLogits }, { state: none }), '"state.layers" expected 2 layers (nLayer), got 0');
    refuse(() => run({ dLogits, dState: none }), '"dState.layers" expected 2 layers (nLayer), got 0');
  });

  test('lengths, ids and targets', () => {
    refuse(() => run({ dLogits: zeros(13) }), '"dY" expected length 14 (rows 2 × dOut 7), got 13');
    refuse(() => run({ dLogits: zeros(14) }, { ids: [0, 7] }), '"ids[1]" expected a token id in [0, 7), got 7');
    const lossOf = (sequence: Parameters<typeof mambaModelLoss>[2]) => mambaModelLoss(smallConfig, weights, sequence);
    refuse(() => lossOf({ ids: [0, 1], targets: [1] }), '"targets" expected length 2 (rows 2), got 1');
    refuse(() => lossOf({ ids: [0], targets: [7] }), '"targets[0]" expected a token id in [0, 7), got 7');
    refuse(
      () => lossOf({ ids: [0], targets: [1], tokenWeights: zeros(2) }),
      '"tokenWeights" expected length 1 (seqLen 1), got 2',
    );
  });

  test('an untied head without its weight', () => {
    expect(() =>
      mambaModelBackward({ ...smallConfig, tieWordEmbeddings: false }, weights, { ids: [0] }, { dLogits: zeros(7) }),
    ).toThrow(
      new RangeError('"lmHeadWeight" expected a matrix (vocabSize, dModel) since the head is untied, got none'),
    );
  });
});
