/**
 * GPT-Neo on the engine: against the reference and transformers, and the laws that hold bit for bit.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { AttentionMethod, WeightDtype } from '../../src/engine/backend.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngineModel } from '../../src/engine/engine-model.ts';
import { OutOfContextError } from '../../src/engine/errors.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import { gptNeoModelForward, gptNeoModelLogits } from '../../src/reference/gpt-neo-model.ts';
import type { GptNeoConfig, GptNeoState, GptNeoWeights } from '../../src/reference/gpt-neo-types.ts';
import { expectIdentical, relativeError } from '../compare.ts';
import { readGolden } from '../golden.ts';
import { gptNeoConfigOf, gptNeoWeightsOf } from '../golden-model.ts';
import { gptNeoConfigs, gptNeoWeights } from '../reference/small-gpt-neo.ts';
import { heldGptNeoWeights, nudged, openGptNeo } from './gpt-neo-engine.ts';

const methods = ['eager', 'flash'] as const;
const opened: Engine[] = [];
afterAll(() => {
  for (const engine of opened) engine.dispose();
});

/** Stays open until the end of the file. */
async function keep(...given: Parameters<typeof openGptNeo>): Promise<Engine> {
  const engine = await openGptNeo(...given);
  opened.push(engine);
  return engine;
}

function referenceLogits(config: GptNeoConfig, weights: GptNeoWeights, ids: readonly number[]): Float64Array {
  const { hidden } = gptNeoModelForward(config, weights, ids);
  return gptNeoModelLogits(config, weights, hidden).slice(-config.vocabSize);
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('random small models', () => {
  // As for Mamba (engine-model.test.ts): the yardstick is how far the reference moves when its weights are off by an ulp.
  test.each(methods)(
    '%s: logits as near to the reference’s as an ulp in the weights moves those, 64 times over',
    async (attention) => {
      await fc.assert(
        fc.asyncProperty(
          gptNeoConfigs(17),
          fc.nat(1000),
          fc.integer({ min: 1, max: 17 }),
          fc.nat(16),
          async (config, seed, length, cut) => {
            const weights = await heldGptNeoWeights(config, gptNeoWeights(config, seed), 'f32');
            const ids = Array.from({ length }, (_, t) => (seed + 7 * t) % config.vocabSize);
            const engine = await openGptNeo(config, weights, { attention });
            await engine.read([ids.slice(0, cut % length)]);
            const logits = (await engine.read([ids.slice(cut % length)]))[0]!;
            engine.dispose();
            const expected = referenceLogits(config, weights, ids);
            const moved = [1, 2, 3, 4].map((k) => referenceLogits(config, nudged(weights, 77 * seed + k), ids));
            const yardstick = Math.max(...moved.map((other) => furthest(other, expected)));
            const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
            expect(furthest(logits, expected)).toBeLessThanOrEqual(64 * yardstick + 2 ** -22 * scale);
          },
        ),
        { numRuns: Math.min(100, Number(process.env.FC_RUNS ?? 100)) },
      );
    },
  );
});

/** Large enough for tiles, windows and chunks to matter: 3 heads of 32 columns. */
const config: GptNeoConfig = {
  ...{ vocabSize: 61, maxPositions: 700, hiddenSize: 96, nLayer: 4, nHead: 3, intermediateSize: 384, windowSize: 70 },
  ...{ attentionKinds: ['global', 'local', 'global', 'local'], normEps: 1e-5 },
};
const source = randomWeights(config, 5);
const text = (length: number, seed = 0) => Array.from({ length }, (_, t) => (seed + 17 * t + ((t * t) % 13)) % 61);

describe.each(['f32', 'bf16', 'f16', 'q8_0'] as const)('weights as %s', (dtype: WeightDtype) => {
  // q8_0 rounds activations to int16: 2^-16 of the largest in a row, before each matrix. Seen: 9.9e-7, and 1.2e-4 in q8_0.
  const bound = dtype === 'q8_0' ? 5e-4 : 5e-6;

  test.each(methods)(
    '%s: logits of 150 tokens and the cache as the reference has them on the same weights',
    async (attention) => {
      const engine = await keep(config, source, { attention, dtype });
      const ids = text(150);
      const logits = (await engine.read([ids]))[0]!;
      const weights = await heldGptNeoWeights(config, source, dtype);
      const { hidden, state } = gptNeoModelForward(config, weights, ids);
      const expected = gptNeoModelLogits(config, weights, hidden).slice(-config.vocabSize);
      expect(relativeError(logits, expected)).toBeLessThanOrEqual(bound);
      const found = (await engine.state()) as GptNeoState;
      expect(found.position).toBe(150);
      for (const [i, { k, v }] of state.layers.entries()) {
        expect(relativeError(found.layers[i]!.k, k)).toBeLessThanOrEqual(bound);
        expect(relativeError(found.layers[i]!.v, v)).toBeLessThanOrEqual(bound);
      }
    },
  );
});

describe.each(methods)('%s', async (attention: AttentionMethod) => {
  const one = await keep(config, source, { attention });
  const expectSameLogits = async (engine: Engine, ids: readonly number[], expected: Float32Array) => {
    engine.reset();
    expectIdentical((await engine.read([ids]))[0]!, expected);
  };

  test('read at once, in pieces, or token by token gives the same bits', async () => {
    const ids = text(200);
    one.reset();
    const whole = (await one.read([ids]))[0]!;
    const state = await one.state();
    for (const cuts of [[64], [1, 2, 3, 130], ids.map((_, t) => t)]) {
      one.reset();
      let last: Float32Array | undefined;
      for (const [i, from] of [0, ...cuts].entries())
        last = (await one.read([ids.slice(from, cuts[i] ?? 200)]))[0] ?? last;
      expectIdentical(last!, whole);
      expect(await one.state()).toEqual(state);
    }
  });

  test('chunks of 16 rows, three memories, 2 threads and 4 give the same bits as one of each', async () => {
    const ids = text(300, 3);
    one.reset();
    const expected = (await one.read([ids]))[0]!;
    await expectSameLogits(await keep(config, source, { attention, cuts: [1, 3] }), ids, expected);
    for (const threads of [2, 4]) {
      const machine = { threads, build: 'simd-threads' as const };
      await expectSameLogits(await keep(config, source, { attention, machine }), ids, expected);
    }
    await expectSameLogits(await keep(config, source, { attention, chunkRows: 16 }), ids, expected);
  });

  test('texts side by side give what each gives alone, whatever the lengths of the others', async () => {
    const three = await keep(config, source, { attention, sequences: 3 });
    const lists = [text(150, 1), text(3, 2), text(77, 9)];
    await three.read([lists[0]!.slice(0, 90), [], lists[2]!.slice(0, 1)]);
    const together = await three.read([lists[0]!.slice(90), lists[1]!, lists[2]!.slice(1)]);
    for (const [s, ids] of lists.entries()) {
      await expectSameLogits(one, ids, together[s]!);
      expect(await three.state(s)).toEqual(await one.state());
    }
  });

  test('a state is a value: restored, in whatever sequence, it goes on from there bit for bit', async () => {
    const two = await keep(config, source, { attention, sequences: 2 });
    one.reset();
    await one.read([text(100)]);
    const state = await one.state();
    const expected = (await one.read([[7]]))[0]!;
    two.restore(state, 1);
    expectIdentical((await two.read([[], [7]]))[1]!, expected);
    one.restore(state);
    expectIdentical((await one.read([[7]]))[0]!, expected);
    expect(await two.state(0)).toMatchObject({ position: 0 });
  });

  test('nats are those of the logits after each token', async () => {
    const ids = text(90);
    one.reset();
    const nats = await one.crossEntropy(0, ids, text(90, 4));
    one.reset();
    for (const [t, id] of ids.entries()) {
      const logits = Float64Array.from((await one.read([[id]]))[0]!);
      const expected = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - logits[text(90, 4)[t]!]!;
      expect(Math.abs(nats[t]! - expected)).toBeLessThanOrEqual(
        4 * 2 ** -24 * Math.max(expected, ...logits.map(Math.abs)),
      );
    }
  });

  test('an aborted read leaves the text as it was', async () => {
    const engine = await keep(config, source, { attention, chunkRows: 16 });
    await engine.read([text(30)]);
    const before = await engine.state();
    const controller = new AbortController();
    const reason = new Error('enough');
    const read = engine.read([text(300)], { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(read).rejects.toBe(reason);
    expect(await engine.state()).toEqual(before);
  });
});

test('flash gives what eager gives, within the error of either', async () => {
  const [eager, flash] = await Promise.all(methods.map((attention) => keep(config, source, { attention })));
  const ids = text(690);
  const [a, b] = [(await eager!.read([ids]))[0]!, (await flash!.read([ids]))[0]!];
  expect(relativeError(a, b)).toBeLessThanOrEqual(5e-6); // seen: 7.3e-7
});

describe('the end of the context', () => {
  const refusal = (read: number, more: number, most = 700) =>
    `out of context: expected at most ${most} tokens in all (the context), got ${read} read + ${more} more`;

  test('the last position is read, one more is refused, and nothing of that call was read', async () => {
    const engine = await keep(config, source, {});
    await engine.read([text(699)]);
    await expect(engine.read([text(2)])).rejects.toThrow(refusal(699, 2));
    await expect(engine.read([text(2)])).rejects.toBeInstanceOf(OutOfContextError);
    await engine.read([[5]]);
    await expect(engine.read([[5]])).rejects.toThrow(refusal(700, 1));
    expect(await engine.state()).toMatchObject({ position: 700 });
  });

  test('a smaller cache is refused where it ends, takes less memory, and changes no bit', async () => {
    const [small, large] = [await keep(config, source, { positions: 20 }), await keep(config, source, {})];
    expectIdentical((await small.read([text(20)]))[0]!, (await large.read([text(20)]))[0]!);
    await expect(small.read([[1]])).rejects.toThrow(refusal(20, 1, 20));
    expect(small.residentBytes).toBeLessThan(large.residentBytes);
    await large.read([[1]]);
    const longer = await large.state();
    expect(() => small.restore(longer)).toThrow(refusal(21, 0, 20));
    await expect(openGptNeo(config, source, { positions: 701 })).rejects.toThrow(
      '"positions" expected an integer in 1…700',
    );
  });

  test('the state of a Mamba is refused by its kind', async () => {
    const engine = await keep(config, source, {});
    expect(() => engine.restore({ layers: [] })).toThrow('"state" expected the KV cache of a GPT-Neo');
  });
});

describe.each(['gptneo-a', 'gptneo-b'])('golden model %s', (name) => {
  // Seen: 1.0e-5 in gptneo-b, whose scores reach ±111 and are rounded to float32 before exp.
  test.each(methods)('%s: logits within 5e-5 of transformers’ in float64, continuations equal', async (attention) => {
    const golden = await readGolden(name);
    const goldenConfig = gptNeoConfigOf(golden);
    const engine = await keep(goldenConfig, gptNeoWeightsOf(golden, goldenConfig), { attention });
    const { shape, data: ids } = golden.tensors.get('input_ids')!;
    const [batch, length] = shape as [number, number];
    const { vocabSize } = goldenConfig;
    const logits = golden.tensors.get('logits')!.data;
    for (let b = 0; b < batch; b++) {
      engine.reset();
      for (let t = 0; t < length; t++) {
        const row = (await engine.read([[ids[b * length + t]!]]))[0]!;
        const at = (b * length + t) * vocabSize;
        expect(relativeError(row, logits.subarray(at, at + vocabSize))).toBeLessThanOrEqual(5e-5);
      }
    }
    for (const [tensor, repetitionPenalty] of [['generate.greedy', 1] as const, ['generate.penalty', 1.2] as const]) {
      const expected = [...golden.tensors.get(tensor)!.data];
      const options = { maxTokens: expected.length, sampling: { temperature: 0, repetitionPenalty } };
      const tokens: number[] = [];
      const model = createEngineModel(engine);
      for await (const id of generateTokens(model, vocabSize, [...ids.subarray(0, length)], options)) tokens.push(id);
      expect(tokens).toEqual(expected);
    }
  });
});
