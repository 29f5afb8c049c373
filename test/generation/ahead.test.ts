/**
 * A model that writes tokens ahead gives what one gives that does not: the same tokens, and the same state after them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aheadChoice, choosesAhead } from '../../src/generation/ahead-choice.ts';
import type { TokenRun } from '../../src/generation/generate-tokens.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import { keptTokens } from '../../src/generation/kept-set.ts';
import type { AheadChoice, LanguageModel } from '../../src/generation/language-model.ts';
import type { Sampling } from '../../src/generation/sampler.ts';
import { defaultSampling } from '../../src/generation/sampler.ts';
import type { Floats, State } from '../../src/reference/types.ts';

const vocabSize = 9;
const size = 7; // two rows of padding

/** A model whose state is what it has read; its logits hash that. It counts what it is asked. */
function countingModel(): LanguageModel & { read: number[]; steps: number } {
  const logits = (ids: readonly number[]) =>
    Float64Array.from({ length: vocabSize }, (_, i) => Math.sin(ids.reduce((h, id) => h * 1.7 + id + 1, i * 2.3)));
  const model = {
    ...{ vocabSize, backend: 'test', device: 'test', dtype: 'f64', read: [] as number[], steps: 0 },
    reset: async () => {
      model.read = [];
    },
    prefill: async (ids: ArrayLike<number>): Promise<Floats> => {
      model.read.push(...Array.from(ids));
      return logits(model.read);
    },
    step: (id: number) => {
      model.steps++;
      return model.prefill([id]);
    },
    crossEntropy: async () => new Float64Array(),
    state: async () => ({ layers: [] }) as State,
    restore: async () => {},
  };
  return model;
}

/** The same, writing four tokens at a time as a device does; a draw that the filters drop it leaves undecided. */
function aheadModel(): LanguageModel & { read: number[]; steps: number; undecided: number } {
  const model = Object.assign(countingModel(), { undecided: 0 });
  let [before, last]: number[][] = [[], []];
  const write = async (id: number, choice: AheadChoice) => {
    before = [...model.read];
    const tokens: number[] = [];
    for (let k = 0, next = id; k < 4; k++) {
      const drawn = drawOf(await model.prefill([next]), choice, k);
      if (drawn === undefined) break;
      next = drawn;
      tokens.push(next);
    }
    last = [id, ...tokens];
    if (tokens.length < 4) {
      model.undecided++;
      await keep(tokens.length);
    }
    return tokens;
  };
  const keep = async (count: number) => {
    model.read = [...before!, ...last!.slice(0, count)];
  };
  return Object.assign(model, { ahead: { tokens: 4, least: 2, mostTopK: 3, write, keep } });
}

/** The best of all, if the filters keep it. */
function drawOf(values: Floats, { size: known, scale, noise, filters }: AheadChoice, k: number): number | undefined {
  const logits = Array.from(values).slice(0, known);
  const scores = logits.map((v, i) => v * scale + (noise?.[k * vocabSize + i] ?? 0));
  const best = scores.indexOf(Math.max(...scores));
  if (filters === undefined) return best;
  const kept = keptTokens(
    Float64Array.from(logits, (v) => Math.exp(v * scale)),
    filters,
  );
  return kept.includes(best) ? best : undefined;
}

async function run(model: LanguageModel, options: object, stopAfter: number): Promise<TokenRun & { taken: number[] }> {
  const tokens = generateTokens(model, size, [3, 1], options);
  const taken: number[] = [];
  let next = await tokens.next();
  while (!next.done) {
    taken.push(next.value);
    next = await tokens.next(taken.length === stopAfter);
  }
  return { ...next.value, taken };
}

test('tokens, ids, what was read and the finish reason are those of a model that steps, whatever the filters', async () => {
  const temperature = fc.constantFrom(0, 0.7, 2);
  const filters = fc.record({
    topP: fc.constantFrom(1, 0.9, 0.5),
    topK: fc.constantFrom(0, 3, 2),
    minP: fc.constantFrom(0, 0.1),
  });
  const eos = fc.constantFrom([], [2], [5, 0]);
  const counts = [fc.nat({ max: 14 }), fc.nat({ max: 14 }), fc.nat({ max: 9 })] as const;
  let undecided = 0;
  await fc.assert(
    fc.asyncProperty(temperature, filters, eos, ...counts, async (t, kept, eosTokenIds, maxTokens, stopAfter, seed) => {
      const options = { maxTokens, seed, sampling: { temperature: t, ...kept }, eosTokenIds };
      const [plain, ahead] = [countingModel(), aheadModel()];
      const expected = await run(plain, options, stopAfter);
      const actual = await run(ahead, options, stopAfter);
      const times = { prefillSeconds: 0, decodeSeconds: 0 };
      expect({ ...actual, ...times }).toEqual({ ...expected, ...times });
      expect(ahead.read).toEqual(plain.read);
      undecided += ahead.undecided;
    }),
  );
  expect(undecided).toBeGreaterThan(0);
});

test('whoever leaves in the middle leaves the model with what was read', async () => {
  const model = aheadModel();
  const taken: number[] = [];
  for await (const id of generateTokens(model, size, [3, 1], { sampling: { temperature: 0 } })) {
    taken.push(id);
    if (taken.length === 3) break;
  }
  expect(model.read).toEqual([3, 1, ...taken.slice(0, 2)]);
});

test('penalties, many candidates and watchers of logits make it step', async () => {
  const chooses = (sampling: Partial<Sampling>) => choosesAhead({ ...defaultSampling, ...sampling }, { mostTopK: 3 });
  expect(chooses({})).toBe(true);
  expect(chooses({ topK: 3 })).toBe(true);
  expect(chooses({ topK: 4 })).toBe(false);
  expect(chooses({ temperature: 1e-40 })).toBe(false);
  expect(chooses({ temperature: 0, topK: 4 })).toBe(true);
  expect(chooses({ repetitionPenalty: 1.1 })).toBe(false);
  expect(chooses({ temperature: 0, repetitionPenalty: 1.1 })).toBe(false);
  const model = aheadModel();
  await run(model, { maxTokens: 9, sampling: { temperature: 0 }, onLogits: () => {} }, 99);
  expect(model.steps).toBe(8);
});

test('a choice says how many ids there are; greedy brings no noise', async () => {
  const draw = { sampling: { ...defaultSampling, temperature: 0.5 }, size, seed: 1, sequence: 0 };
  const { noise, scale, size: known, filters } = await aheadChoice(draw, 5, 2, vocabSize);
  expect({ scale, known, length: noise!.length }).toEqual({ scale: 2, known: size, length: 2 * vocabSize });
  expect(filters).toEqual({ topP: 0.95, topK: 0, minP: 0 });
  expect([0, 6, 9, 15].every((i) => noise![i] !== 0 && Math.abs(noise![i]!) < 30)).toBe(true);
  const greedy = await aheadChoice({ ...draw, sampling: { ...defaultSampling, temperature: 0 } }, 5, 2, vocabSize);
  expect(greedy).toEqual({ size, scale: 1 });
});
