import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import { OutOfContextError } from '../../src/engine/errors.ts';
import type { EvaluatedModel } from '../../src/evaluate/evaluated-model.ts';
import { evaluatedEngine, evaluatedLanguageModel } from '../../src/evaluate/evaluated-model.ts';
import { evaluate, repeats } from '../../src/evaluate/evaluation.ts';
import { generateBatch } from '../../src/evaluate/generate-batch.ts';
import { shapeOfConfig } from '../../src/evaluate/model-shape.ts';
import { randomPrompts } from '../../src/evaluate/script-prompts.ts';
import { scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { noTokenizerFiles, readTokenizerFile } from '../tokenizer/tokenizer-files.ts';

const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/** A model of eight tokens whose next one is the last one + 1, and who counts what it has read. */
function counting(sequences: number, fields: Partial<EvaluatedModel> = {}) {
  let read = Array.from({ length: sequences }, () => 0);
  const calls: number[][] = [];
  const model: EvaluatedModel = {
    ...{ kind: 'gpt-neo', parameters: 1, vocabSize: 8, mostTokens: 16, backend: 'fake', device: 'none', dtype: 'f32' },
    ...{ tokenizer: undefined, eosTokenIds: [], sequences },
    async reset() {
      read = read.map(() => 0);
      calls.push([]);
    },
    async read(ids) {
      read = read.map((count, s) => count + ids[s]!.length);
      calls.at(-1)!.push(...read);
      return ids.map((row) => Float64Array.from({ length: 8 }, (_, id) => (id === (row.at(-1)! + 1) % 8 ? 1 : 0)));
    },
    dispose() {},
    ...fields,
  };
  return { model, read: () => read, calls };
}

describe('generateBatch', () => {
  it('reads the prompt at once, and everything generated but the last token', async () => {
    const { model, read } = counting(2);
    const rows = await generateBatch(
      model,
      [
        [3, 4],
        [1, 2],
      ],
      { genLength: 3, sampling: greedy, seed: 0 },
    );
    expect(rows).toEqual([
      [3, 4, 5, 6, 7],
      [1, 2, 3, 4, 5],
    ]);
    expect(read()).toEqual([4, 4]);
  });

  it('a row that has ended is filled up, and when all have ended it stops', async () => {
    const { model } = counting(2, { eosTokenIds: [7, 2] });
    const rows = await generateBatch(model, [[5], [2]], { genLength: 9, sampling: greedy, seed: 0 });
    expect(rows).toEqual([
      [5, 6, 7, 7, 7, 7],
      [2, 3, 4, 5, 6, 7],
    ]);
  });

  it('stops at a signal', async () => {
    const { model } = counting(1);
    const controller = new AbortController();
    const onToken = (done: number) => done === 2 && controller.abort();
    const options = { genLength: 9, sampling: greedy, seed: 0, signal: controller.signal, onToken };
    await expect(generateBatch(model, [[1]], options)).rejects.toThrow(/abort/);
  });
});

describe('evaluate', () => {
  const request = { promptLength: 4, genLength: 5, sampling: scriptDefaults };

  it('warms up once and times three runs, each from an empty memory', async () => {
    const { model, calls } = counting(3);
    const result = await evaluate(model, request);
    expect(result).toMatchObject({ batch: 3, promptLength: 4, genLength: 5 });
    expect(result.seconds).toBeGreaterThan(0);
    expect(calls.length).toBe(1 + repeats);
    for (const call of calls) expect(call).toEqual(calls[0]);
    expect(calls[0]!.slice(-3)).toEqual([8, 8, 8]);
  });

  it('a text of exactly the positions is read, one token more is out of context before anything is read', async () => {
    const { model, calls } = counting(1);
    await evaluate(model, { ...request, promptLength: 11 });
    const runs = calls.length;
    await expect(evaluate(model, { ...request, promptLength: 12 })).rejects.toThrow(OutOfContextError);
    expect(calls.length).toBe(runs);
  });

  it('says how much was generated when all rows have ended early', async () => {
    const { model } = counting(2, { eosTokenIds: [0, 1, 2, 3, 4, 5, 6, 7] });
    expect(await evaluate(model, request)).toMatchObject({ promptLength: 4, genLength: 1 });
  });

  it('the length that goes with the seconds is the mean of the timed runs, and the warm-up has its own', async () => {
    // Run r (0 is the warm-up) ends with its token r + 2, or at the length asked for.
    let [run, done] = [-1, 0];
    const { model } = counting(1, {
      eosTokenIds: [7],
      async reset() {
        run++;
        done = 0;
      },
      async read() {
        done++;
        const next = done > run + 1 ? 7 : 0;
        return [Float64Array.from({ length: 8 }, (_, id) => (id === next ? 1 : 0))];
      },
    });
    const result = await evaluate(model, { ...request, genLength: 4 });
    expect([result.warmUpLength, result.genLength]).toEqual([2, (3 + 4 + 4) / 3]);
  });

  it('refuses a prompt without a tokenizer', async () => {
    await expect(evaluate(counting(1).model, { ...request, prompt: 'x' })).rejects.toThrow(/with a tokenizer/);
  });
});

describe('the embedded model', () => {
  const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
    prompts: Record<string, Record<'greedy' | 'greedy_penalty_1.2', number[]>>;
  };
  let single: LoadedModel;
  let triple: LoadedModel;
  beforeAll(async () => {
    single = await load(undefined, { threads: 1 });
    triple = await load(undefined, { threads: 1, sequences: 3 });
  });
  afterAll(() => {
    single.dispose();
    triple.dispose();
  });
  const parts = ({ config, tokenizer }: LoadedModel) => {
    return { shape: shapeOfConfig(config), tokenizer, dispose: () => {} };
  };

  it.each(Object.entries(golden.prompts))(
    "after %j writes what transformers writes, with the blog's sampling flags too",
    async (prompt, expected) => {
      const model = evaluatedEngine(single.engine!, parts(single));
      const blog = { ...scriptDefaults, topp: 0.9, temperature: 0.7 };
      for (const [penalty, ids] of [
        [1, expected.greedy],
        [1.2, expected['greedy_penalty_1.2']],
      ] as const) {
        const sampling = { ...blog, repetitionPenalty: penalty };
        const texts: string[] = [];
        const request = { prompt, promptLength: 1, genLength: ids.length, sampling };
        const result = await evaluate(model, request, { onTexts: (decoded) => void texts.push(...decoded) });
        expect(texts).toEqual([single.tokenizer.decode([...single.tokenizer.encode(prompt), ...ids])]);
        expect([result.batch, result.genLength]).toEqual([1, ids.length]);
      }
    },
  );

  it('rows of a batch are what each is alone, on the engine and as a language model', async () => {
    const prompts = randomPrompts({ batch: 3, promptLength: 9, vocabSize: 256 });
    const options = { genLength: 12, sampling: greedy, seed: 0 };
    const rows = await generateBatch(evaluatedEngine(triple.engine!, parts(triple)), prompts, options);
    const alone = evaluatedEngine(single.engine!, parts(single));
    const model = evaluatedLanguageModel(single.model, parts(single));
    for (const [s, prompt] of prompts.entries()) {
      expect(await generateBatch(alone, [prompt], options)).toEqual([rows[s]]);
      expect(await generateBatch(model, [prompt], options)).toEqual([rows[s]]);
    }
  });

  it('the same seed draws the same tokens, each row others', async () => {
    const model = evaluatedEngine(triple.engine!, parts(triple));
    const sampling = { ...greedy, temperature: 1 };
    const prompts = [[65], [65], [65]];
    const draw = (seed: number) => generateBatch(model, prompts, { genLength: 20, sampling, seed });
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first.map((ids) => ids.join())).size).toBe(3);
  });
});

test.skipIf(noTokenizerFiles !== undefined)("the blog's prompt is 14 tokens for Mamba and 12 for GPT-Neo", async () => {
  const prompt = 'Please explain Turing test and provide your perspective on Turing test.';
  const lengths = { 'gpt-neox-20b': 14, gpt2: 12 } as const;
  for (const name of ['gpt-neox-20b', 'gpt2'] as const) {
    const tokenizer = createTokenizer(readTokenizerFile(name), name);
    const { model } = counting(1, { vocabSize: tokenizer.size, tokenizer, mostTokens: 2048 });
    const logits = new Float64Array(tokenizer.size);
    const written = { ...model, read: async () => [logits] };
    const result = await evaluate(written, { prompt, promptLength: 100, genLength: 2, sampling: scriptDefaults });
    expect([name, result.promptLength]).toEqual([name, lengths[name]]);
  }
});

test('prompt lengths of random rows are those asked for, whatever they are', async () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 7 }),
  );
  await fc.assert(
    fc.asyncProperty(sizes, async ([sequences, promptLength, genLength]) => {
      const { model, read } = counting(sequences);
      const result = await evaluate(model, { promptLength, genLength, sampling: scriptDefaults });
      expect(result).toMatchObject({ batch: sequences, promptLength, genLength });
      expect(read()).toEqual(Array.from({ length: sequences }, () => promptLength + genLength - 1));
    }),
    { numRuns: 30 },
  );
});
