/**
 * The engine against the reference and against transformers: random models of every kind, the goldens, the embedded one.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import { createEngineModel } from '../../src/engine/engine-model.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import { mambaModelForward, mambaModelLogits } from '../../src/reference/mamba-model.ts';
import type { Floats, MambaConfig, Weights } from '../../src/reference/types.ts';
import { readGolden } from '../golden.ts';
import { configOf, weightsOf } from '../golden-model.ts';
import { configs, gridWeights } from '../reference/small-model.ts';
import { openTestEngine, roundedWeights } from './wasm-engine.ts';

/** Worst error as a share of the largest magnitude, or NaN. */
function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = Math.abs(actual[i]! - expected[i]!);
    if (!(e <= error)) error = e;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return error / Math.max(scale, 1e-30);
}

const drawn = configs({ selective: true });

/** The weights, each off by up to one unit of float32's last place. */
function nudgedWeights(weights: Weights, seed: number): Weights {
  let state = seed;
  const nudge = (numbers: Floats) =>
    Float64Array.from(numbers, (value) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return value * (1 + (state / 2 ** 30 - 1) * 2 ** -23);
    });
  const all = <T extends object>(object: T): T =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, ArrayBuffer.isView(value) ? nudge(value as Floats) : value]),
    ) as T;
  return { ...all(weights), layers: weights.layers.map(all) };
}

function referenceLogits(config: MambaConfig, weights: Weights, ids: readonly number[]): Float64Array {
  const { hidden } = mambaModelForward(config, weights, ids);
  return mambaModelLogits(config, weights, hidden).slice(-config.vocabSize);
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('random small models', () => {
  // Norms of width 1 or 2 and logits that cancel make some of them as sensitive as one likes, so the yardstick is how
  // far the reference itself moves when its weights are off by an ulp. Seen in 12,000 models: at most 4.7 times as far.
  test('logits as near to the reference’s as an ulp in the weights would move those, 64 times over', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawn,
        fc.nat(1000),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(8),
        async (config, seed, length, cut) => {
          const weights = roundedWeights(gridWeights(config, seed));
          const ids = Array.from({ length }, (_, t) => (seed + 7 * t) % config.vocabSize);
          const engine = await openTestEngine(config, weights);
          const first = cut % length;
          await engine.read([ids.slice(0, first)]);
          const logits = (await engine.read([ids.slice(first)]))[0]!;
          engine.dispose();
          const expected = referenceLogits(config, weights, ids);
          const moved = [1, 2, 3, 4].map((k) => referenceLogits(config, nudgedWeights(weights, 77 * seed + k), ids));
          const yardstick = Math.max(...moved.map((other) => difference(other, expected)));
          const scale = Math.max(...expected.map(Math.abs));
          expect(difference(logits, expected)).toBeLessThanOrEqual(64 * yardstick + 2 ** -22 * scale);
        },
      ),
      { numRuns: Math.min(100, Number(process.env.FC_RUNS ?? 100)) },
    );
  });
});

describe.each(['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a'])('golden model %s', (name) => {
  // Seen: 1.6e-5, most of it from rounding the goldens' float64 weights to float32.
  test('logits within 5e-5 of transformers’ in float64, greedy continuations equal', async () => {
    const golden = await readGolden(name);
    const config = configOf(golden);
    const engine = await openTestEngine(config, weightsOf(golden, config));
    const { shape, data: ids } = golden.tensors.get('input_ids')!;
    const [batch, length] = shape as [number, number];
    const logits = golden.tensors.get('logits')!.data;
    for (let b = 0; b < batch; b++) {
      engine.reset();
      for (let t = 0; t < length; t++) {
        const row = (await engine.read([[ids[b * length + t]!]]))[0]!;
        const at = (b * length + t) * config.vocabSize;
        expect(worst(row, logits.subarray(at, at + config.vocabSize))).toBeLessThanOrEqual(5e-5);
      }
    }
    for (const [tensor, repetitionPenalty] of [['generate.greedy', 1] as const, ['generate.penalty', 1.2] as const]) {
      const expected = [...golden.tensors.get(tensor)!.data];
      const tokens: number[] = [];
      const sampling = { temperature: 0, repetitionPenalty };
      const options = { maxTokens: expected.length, sampling };
      const prompt = [...ids.subarray(0, length)];
      const generated = generateTokens(createEngineModel(engine), config.vocabSize, prompt, options);
      for await (const id of generated) tokens.push(id);
      expect(tokens).toEqual(expected);
    }
    engine.dispose();
  });
});

interface GoldenPrompt {
  readonly last_logits: number[];
  readonly greedy: number[];
}

describe('the embedded model', () => {
  const { prompts } = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
    prompts: Record<string, GoldenPrompt>;
  };
  let loaded: LoadedModel;
  beforeAll(async () => {
    loaded = await load(undefined, { dtype: 'f32', threads: 1 });
  });
  afterAll(() => loaded.dispose());

  test.each(Object.keys(prompts))('after %j: logits within 1e-4, 200 greedy tokens equal', async (prompt) => {
    const golden = prompts[prompt]!;
    const ids = loaded.tokenizer.encode(prompt);
    await loaded.model.reset();
    const logits = await loaded.model.prefill(ids);
    const errors = golden.last_logits.map((logit, i) => Math.abs(logits[i]! - logit));
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-4);
    const tokens: number[] = [];
    const options = { maxTokens: golden.greedy.length, sampling: { temperature: 0 } };
    for await (const id of generateTokens(loaded.model, loaded.tokenizer.size, ids, options)) tokens.push(id);
    expect(tokens).toEqual(golden.greedy);
  });

  test('validation loss of bf16, f16 and q8_0 within 0.005 nats of f32’s', async () => {
    const text = readFileSync(new URL('../../models/tiny-shakespeare/validation.txt', import.meta.url), 'utf8');
    const sample = text.slice(0, 16385);
    const { lossNatsPerToken: expected } = await loaded.score(sample);
    expect(Math.abs(expected - 1.3337)).toBeLessThan(1e-4); // the reference's, bench/discretization.ts
    for (const dtype of ['bf16', 'f16', 'q8_0'] as const) {
      const other = await load(undefined, { dtype });
      const { lossNatsPerToken } = await other.score(sample);
      other.dispose();
      expect(Math.abs(lossNatsPerToken - expected), dtype).toBeLessThan(0.005);
    }
  });
});

test('the engine model is one sequence of its engine', async () => {
  const config = { ...(await load(undefined, { threads: 1 })).config };
  expect(config.nLayer).toBe(8);
  const golden = await readGolden('mamba-a');
  const small = configOf(golden);
  const engine = await openTestEngine(small, weightsOf(golden, small), { sequences: 2 });
  const [first, second] = [createEngineModel(engine, 0), createEngineModel(engine, 1)];
  const expected = await first.prefill([1, 2, 3]);
  await second.prefill([3, 2]);
  await first.reset();
  expect(await first.prefill([1, 2, 3])).toEqual(expected);
  await expect(first.prefill([])).rejects.toThrow('"ids.length" expected an integer ≥ 1, got 0');
  for (const sequence of [2, -1, 0.5, Number.NaN]) {
    expect(() => createEngineModel(engine, sequence)).toThrow(
      new RangeError(`"sequence" expected an integer in 0…1, got ${sequence}`),
    );
  }
  engine.dispose();
});
