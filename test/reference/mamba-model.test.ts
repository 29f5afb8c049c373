import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embedding } from '../../src/reference/embedding.ts';
import { linear } from '../../src/reference/linear.ts';
import { mambaBlock } from '../../src/reference/mamba-block.ts';
import {
  headWeight,
  mambaModelForward,
  mambaModelLogits,
  mambaModelStep,
  zeroState,
} from '../../src/reference/mamba-model.ts';
import { rmsNorm } from '../../src/reference/rms-norm.ts';
import type { MambaConfig, State, Weights } from '../../src/reference/types.ts';
import { cuts, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { configs, gridState, gridWeights, narrow, smallConfig, stateOf } from './small-model.ts';
import { expectUntouched } from './untouched.ts';

interface Problem {
  readonly config: MambaConfig;
  readonly weights: Weights;
  readonly ids: number[];
  readonly cuSeqlens: number[];
  /** One entry a packed sequence. */
  readonly state: State;
}

function problems(given: Partial<MambaConfig> = {}, tokens = lengths(6)): fc.Arbitrary<Problem> {
  return fc
    .record({ config: configs(given), seqLen: tokens, seed: fc.nat(1e6) })
    .chain(({ config, seqLen, seed }) =>
      fc.record({
        ...{ config: fc.constant(config), seed: fc.constant(seed), cuSeqlens: cuts(seqLen) },
        ids: fc.array(fc.nat(config.vocabSize - 1), { minLength: seqLen, maxLength: seqLen }),
      }),
    )
    .map(({ config, seed, cuSeqlens, ids }) => ({
      ...{ config, ids, cuSeqlens, weights: gridWeights(config, seed) },
      state: gridState(config, seed + 1, cuSeqlens.length - 1),
    }));
}

const concatenate = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => Array.from(part)));
const sequenceState = (config: MambaConfig, { layers }: State, s: number): State => ({
  layers: layers.map((layer) => stateOf(config, layer, s)),
});

function expectIdenticalStates(actual: State, expected: State): void {
  expect(actual.layers).toHaveLength(expected.layers.length);
  expected.layers.forEach(({ convState, h }, i) => {
    expectIdentical(actual.layers[i]!.convState, convState, `layers.${i}.convState`);
    expectIdentical(actual.layers[i]!.h, h, `layers.${i}.h`);
  });
}

/** All tokens at once from the first state. */
function whole({ config, weights, ids, state }: Problem) {
  return mambaModelForward(config, weights, ids, { state: sequenceState(config, state, 0) });
}

describe('zeroState', () => {
  test('has one layer state a layer, of zeros: (dConv − 1, dInner) and (dInner, dState)', () => {
    const { layers } = zeroState(smallConfig);
    expect(layers).toHaveLength(2);
    expect(layers[0]!.h).not.toBe(layers[1]!.h);
    for (const { convState, h } of layers) {
      expectIdentical(convState, new Float64Array(2 * 6));
      expectIdentical(h, new Float64Array(6 * 3));
    }
  });

  test('is where a model without a state starts', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, ids }) => {
        const without = mambaModelForward(config, weights, ids);
        const zeros = mambaModelForward(config, weights, ids, { state: zeroState(config) });
        expectIdentical(without.hidden, zeros.hidden);
        expectIdenticalStates(without.state, zeros.state);
      }),
    );
  });
});

describe('the formula', () => {
  test('without layers the model is rmsNorm(embedding), and logits are head·hidden', () => {
    fc.assert(
      fc.property(problems({ nLayer: 0 }), ({ config, weights, ids }) => {
        const { dModel, normEps, vocabSize, tieWordEmbeddings } = config;
        const { hidden } = mambaModelForward(config, weights, ids);
        const embedded = embedding(config, ids, weights.embeddingWeight);
        const normed = rmsNorm({ rows: ids.length, width: dModel, eps: normEps }, embedded, weights.normFWeight);
        expectIdentical(hidden, normed);
        const head = tieWordEmbeddings ? weights.embeddingWeight : weights.lmHeadWeight!;
        expect(headWeight(config, weights)).toBe(head);
        const dims = { rows: ids.length, dIn: dModel, dOut: vocabSize };
        expectIdentical(mambaModelLogits(config, weights, hidden), linear(dims, hidden, head));
      }),
    );
  });

  test('each layer adds mambaBlock(rmsNorm(residual)) to the residual stream', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, ids, state } = problem;
        const norm = { rows: ids.length, width: config.dModel, eps: config.normEps };
        let residual = embedding(config, ids, weights.embeddingWeight);
        const layers = weights.layers.map((layer, i) => {
          const normed = rmsNorm(norm, residual, layer.normWeight);
          const next = mambaBlock(config, layer, normed, { state: stateOf(config, state.layers[i]!, 0) });
          residual = residual.map((r, j) => r + next.out[j]!);
          return next.state;
        });
        const actual = whole(problem);
        expectIdentical(actual.hidden, rmsNorm(norm, residual, weights.normFWeight));
        expectIdenticalStates(actual.state, { layers });
      }),
    );
  });

  test('logits tell the vocabulary apart: equal rows of the head give equal logits, a zero row gives 0', () => {
    const config = { ...smallConfig, vocabSize: 3, tieWordEmbeddings: false };
    const weights = gridWeights(config, 2);
    const row = weights.lmHeadWeight!.slice(0, 4);
    const lmHeadWeight = Float64Array.of(...row, 0, 0, 0, 0, ...row);
    const { hidden } = mambaModelForward(config, weights, [1, 2]);
    const logits = mambaModelLogits(config, { ...weights, lmHeadWeight }, hidden);
    expect(logits).toHaveLength(2 * 3);
    expectIdentical([logits[0]!, logits[1]!, logits[3]!, logits[4]!], [logits[2]!, 0, logits[5]!, 0]);
    expect(logits[0]).not.toBe(logits[3]);
  });
});

describe('laws of continuation', () => {
  test('step × L equals the forward pass bit for bit: states, and the logits of every token', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, ids } = problem;
        const all = whole(problem);
        let state = sequenceState(config, problem.state, 0);
        const logits = ids.map((id) => {
          const next = mambaModelStep(config, weights, id, state);
          state = next.state;
          expect(next.logits).toHaveLength(config.vocabSize);
          return next.logits;
        });
        expectIdentical(concatenate(logits), mambaModelLogits(config, weights, all.hidden));
        expectIdenticalStates(state, all.state);
      }),
    );
  });

  test('any split into chunks continues exactly', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, ids, cuSeqlens } = problem;
        const all = whole(problem);
        let state = sequenceState(config, problem.state, 0);
        const hidden = cuSeqlens.slice(1).map((end, s) => {
          const next = mambaModelForward(config, weights, ids.slice(cuSeqlens[s]!, end), { state });
          state = next.state;
          return next.hidden;
        });
        expectIdentical(concatenate(hidden), all.hidden);
        expectIdenticalStates(state, all.state);
      }),
    );
  });

  test('packed equals a loop over the sequences, each with its own state', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, ids, cuSeqlens, state }) => {
        const packed = mambaModelForward(config, weights, ids, { state, cuSeqlens });
        cuSeqlens.slice(1).forEach((end, s) => {
          const start = cuSeqlens[s]!;
          const own = { state: sequenceState(config, state, s) };
          const alone = mambaModelForward(config, weights, ids.slice(start, end), own);
          expectIdentical(packed.hidden.subarray(start * config.dModel, end * config.dModel), alone.hidden);
          expectIdenticalStates(sequenceState(config, packed.state, s), alone.state);
        });
      }),
    );
  });

  test('no token leaves the state as it is', () => {
    fc.assert(
      fc.property(problems({}, fc.constant(0)), (problem) => {
        const { hidden, state } = whole(problem);
        expect(hidden).toHaveLength(0);
        expect(mambaModelLogits(problem.config, problem.weights, hidden)).toHaveLength(0);
        expectIdenticalStates(state, sequenceState(problem.config, problem.state, 0));
      }),
    );
  });

  test('a state is a value: no operand changes, and no result shares memory with one', () => {
    fc.assert(
      fc.property(problems(), ({ config, weights, ids, cuSeqlens, state }) => {
        expectUntouched([config, weights, ids, cuSeqlens, state], () => {
          const next = mambaModelForward(config, weights, ids, { state, cuSeqlens });
          mambaModelLogits(config, weights, next.hidden).fill(99);
          next.hidden.fill(99);
          for (const layer of next.state.layers) for (const array of Object.values(layer)) array.fill(99);
        });
      }),
    );
  });
});

describe('laws of the model', () => {
  test('causality: changing the tokens from t on leaves every hidden row before t bit-identical', () => {
    fc.assert(
      fc.property(problems(), fc.nat(), (problem, pick) => {
        const { config, ids } = problem;
        const t = pick % (ids.length + 1);
        const changed = ids.map((id, i) => (i >= t ? (id + 1) % config.vocabSize : id));
        const before = t * config.dModel;
        expectIdentical(
          whole({ ...problem, ids: changed }).hidden.subarray(0, before),
          whole(problem).hidden.subarray(0, before),
        );
      }),
    );
  });

  test('without biases, left padding with a token whose embedding is zero changes nothing, bit for bit', () => {
    fc.assert(
      fc.property(problems({ useBias: false, useConvBias: false }), fc.nat(4), ({ config, weights, ids }, padding) => {
        const { vocabSize, dModel } = config;
        const wider = { ...config, vocabSize: vocabSize + 1 };
        const embeddingWeight = new Float64Array((vocabSize + 1) * dModel);
        embeddingWeight.set(weights.embeddingWeight);
        const padded = new Array<number>(padding).fill(vocabSize).concat(ids);
        const shifted = mambaModelForward(wider, { ...weights, embeddingWeight }, padded);
        const plain = mambaModelForward(config, weights, ids);
        expectIdentical(shifted.hidden.subarray(padding * dModel), plain.hidden);
        expectIdenticalStates(shifted.state, plain.state);
      }),
    );
  });

  test('ids have no order: permuting the rows of the embedding and the ids with them leaves hidden bit-identical', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, ids } = problem;
        const { vocabSize, dModel } = config;
        const last = vocabSize * dModel - 1;
        // Row r becomes row vocabSize − 1 − r.
        const embeddingWeight = Float64Array.from(weights.embeddingWeight, (_, i) => {
          const [row, j] = [Math.floor(i / dModel), i % dModel];
          return weights.embeddingWeight[last - (row + 1) * dModel + 1 + j]!;
        });
        const reversed = ids.map((id) => vocabSize - 1 - id);
        const actual = whole({ ...problem, ids: reversed, weights: { ...weights, embeddingWeight } });
        expectIdentical(actual.hidden, whole(problem).hidden);
      }),
    );
  });

  test('a tied head equals an untied one that holds the embedding', () => {
    fc.assert(
      fc.property(problems({ tieWordEmbeddings: true }), ({ config, weights, ids }) => {
        const { hidden } = mambaModelForward(config, weights, ids);
        const untied = { ...weights, lmHeadWeight: weights.embeddingWeight };
        expectIdentical(
          mambaModelLogits(config, weights, hidden),
          mambaModelLogits({ ...config, tieWordEmbeddings: false }, untied, hidden),
        );
      }),
    );
  });

  test('hidden rows have mean square about 1 before the last weight: the stream may grow, hidden does not', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights } = problem;
        const { hidden } = whole({
          ...problem,
          weights: { ...weights, normFWeight: weights.normFWeight.map(() => 1) },
        });
        const { dModel } = config;
        for (let t = 0; t < problem.ids.length; t++) {
          const row = hidden.subarray(t * dModel, (t + 1) * dModel);
          const meanSquare = row.reduce((sum, v) => sum + v * v, 0) / dModel;
          expect(meanSquare).toBeLessThanOrEqual(1 + 1e-15 * (4 + dModel)); // eps > 0 only shrinks; rounding remains
        }
      }),
    );
  });

  test('float32 weights and typed ids are read as the numbers they are', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const [wide, single] = [whole(problem), whole({ ...problem, weights: narrow(problem.weights) })];
        expectIdentical(single.hidden, wide.hidden);
        const typed = mambaModelForward(problem.config, problem.weights, Int32Array.from(problem.ids), {
          state: sequenceState(problem.config, problem.state, 0),
        });
        expectIdentical(typed.hidden, wide.hidden);
      }),
    );
  });

  test('the residual stream carries a token past the blocks: with outProj 0 every layer is the identity', () => {
    const weights = gridWeights(smallConfig, 9);
    const silent = weights.layers.map((layer) => ({ ...layer, outProjWeight: layer.outProjWeight.map(() => 0) }));
    const { hidden } = mambaModelForward(smallConfig, { ...weights, layers: silent }, [3, 1, 4]);
    const { layers: _, ...outer } = weights;
    const bare = mambaModelForward({ ...smallConfig, nLayer: 0 }, { ...outer, layers: [] }, [3, 1, 4]);
    expectIdentical(hidden, bare.hidden);
    expect(largest(hidden)).toBeGreaterThan(0);
    expectWithin(hidden.subarray(0, 0), [], { k: 0, scale: 0 });
  });
});

describe('the trace', () => {
  const inner = ['xz', 'conv', 'convState', 'x', 'z', 'deltaLow', 'B', 'C', 'delta', 'stepSize', 'A', 'y', 'hLast'];

  function traced({ config, weights, ids, state, cuSeqlens }: Problem) {
    const seen = new Map<string, { shape: readonly number[]; data: Float64Array }>();
    const result = mambaModelForward(config, weights, ids, {
      ...{ state, cuSeqlens },
      trace: (name, shape, data) => seen.set(name, { shape, data: Float64Array.from(data) }),
    });
    return { ...result, seen };
  }

  test('sees the stream and every intermediate of every layer, in order, by a name that says where', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, ids } = problem;
        const { seen } = traced(problem);
        const layers = problem.weights.layers.flatMap((_, i) =>
          ['norm', ...inner, 'out', 'residual'].map((name) => `layers.${i}.${name}`),
        );
        expect([...seen.keys()]).toEqual(['embedding', ...layers, 'hidden']);
        for (const [name, { shape, data }] of seen) {
          const product = shape.reduce((a, b) => a * b, 1);
          expect(data.length, name).toBe(product);
          if (/embedding|norm|residual|hidden/.test(name)) expect(shape).toEqual([ids.length, config.dModel]);
        }
      }),
    );
  });

  test('shows residual = residual before + out, bit for bit, and hidden as returned', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { seen, hidden } = traced(problem);
        const data = (name: string) => seen.get(name)!.data;
        let residual = data('embedding');
        expectIdentical(residual, embedding(problem.config, problem.ids, problem.weights.embeddingWeight));
        problem.weights.layers.forEach((_, i) => {
          const out = data(`layers.${i}.out`);
          residual = residual.map((r, j) => r + out[j]!);
          expectIdentical(data(`layers.${i}.residual`), residual);
        });
        expectIdentical(data('hidden'), hidden);
      }),
    );
  });

  test('changes nothing by being there', () => {
    fc.assert(
      fc.property(problems(), (problem) => {
        const { config, weights, ids, state, cuSeqlens } = problem;
        const [without, seen] = [mambaModelForward(config, weights, ids, { state, cuSeqlens }), traced(problem)];
        expectIdentical(seen.hidden, without.hidden);
        expectIdenticalStates(seen.state, without.state);
      }),
    );
  });
});

describe('what does not fit is refused', () => {
  const weights = gridWeights(smallConfig, 1);
  const refuse = (run: () => unknown, message: string) => expect(run).toThrow(new RangeError(message));

  test('weights or a state with the wrong count of layers', () => {
    const one = { ...weights, layers: weights.layers.slice(1) };
    refuse(() => mambaModelForward(smallConfig, one, [1]), '"weights.layers" expected 2 layers (nLayer), got 1');
    const three = { layers: [...zeroState(smallConfig).layers, zeroState(smallConfig).layers[0]!] };
    refuse(
      () => mambaModelForward(smallConfig, weights, [1], { state: three }),
      '"state.layers" expected 2 layers (nLayer), got 3',
    );
    refuse(
      () => mambaModelStep(smallConfig, weights, 1, { layers: [] }),
      '"state.layers" expected 2 layers (nLayer), got 0',
    );
  });

  test.each([7, -1, 0.5, Number.NaN])('the id %s', (id) => {
    refuse(
      () => mambaModelForward(smallConfig, weights, [0, 6, id]),
      `"ids[2]" expected a token id in [0, 7), got ${id}`,
    );
    refuse(
      () => mambaModelStep(smallConfig, weights, id, zeroState(smallConfig)),
      `"ids[0]" expected a token id in [0, 7), got ${id}`,
    );
  });

  test('an untied head without its weight', () => {
    const untied = { ...smallConfig, tieWordEmbeddings: false };
    const message = '"lmHeadWeight" expected a matrix (vocabSize, dModel) since the head is untied, got none';
    refuse(() => mambaModelLogits(untied, weights, new Float64Array(4)), message);
    refuse(() => mambaModelStep(untied, weights, 1, zeroState(smallConfig)), message);
    refuse(() => headWeight(untied, weights), message);
  });

  test('lengths', () => {
    const zeros = (length: number) => new Float64Array(length);
    refuse(
      () => mambaModelForward(smallConfig, { ...weights, embeddingWeight: zeros(27) }, [1]),
      '"weight" expected length 28 (vocabSize 7 × dModel 4), got 27',
    );
    refuse(
      () => mambaModelForward(smallConfig, { ...weights, normFWeight: zeros(3) }, [1]),
      '"weight" expected length 4 (width 4), got 3',
    );
    const layers = weights.layers.with(1, { ...weights.layers[1]!, normWeight: zeros(5) });
    refuse(
      () => mambaModelForward(smallConfig, { ...weights, layers }, [1]),
      '"weight" expected length 4 (width 4), got 5',
    );
    refuse(() => mambaModelLogits(smallConfig, weights, zeros(6)), '"rows" expected an integer ≥ 0, got 1.5');
    const untied = { ...smallConfig, tieWordEmbeddings: false };
    refuse(
      () => mambaModelLogits(untied, { ...weights, lmHeadWeight: zeros(24) }, zeros(4)),
      '"weight" expected length 28 (dOut 7 × dIn 4), got 24',
    );
  });
});
