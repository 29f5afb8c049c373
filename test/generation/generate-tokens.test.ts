import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { TokenOptions, TokenRun } from '../../src/generation/generate-tokens.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import type { LanguageModel } from '../../src/generation/language-model.ts';
import { chooseToken, defaultSampling } from '../../src/generation/sampler.ts';
import { createFakeModel, scrambledLogits } from './fake-model.ts';

const vocabSize = 12;
const size = 11; // the last row is padding
const prompts = fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 5 });

async function run(model: LanguageModel, prompt: readonly number[], options: TokenOptions) {
  const generator = generateTokens(model, size, prompt, options);
  const ids: number[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { ...(next.value satisfies TokenRun), all: next.value.ids, ids };
    ids.push(next.value);
  }
}

describe('generateTokens', () => {
  it('chooses each token from the logits after all before it', async () => {
    await fc.assert(
      fc.asyncProperty(prompts, fc.nat(9), fc.maxSafeNat(), fc.nat(3), async (prompt, maxTokens, seed, sequence) => {
        const { ids, finishReason } = await run(createFakeModel(vocabSize), prompt, { maxTokens, seed, sequence });
        const history = [...prompt];
        for (let i = 0; i < maxTokens; i++) {
          const logits = Float64Array.from(scrambledLogits(vocabSize)(history));
          history.push(chooseToken(logits, history, { sampling: defaultSampling, size, seed, sequence }));
        }
        expect(ids).toEqual(history.slice(prompt.length));
        expect(finishReason).toBe('length');
      }),
    );
  });

  it('continued from prompt and output goes on as if never interrupted', async () => {
    const model = createFakeModel(vocabSize);
    const whole = await run(model, [1, 2], { maxTokens: 20, seed: 9 });
    const first = await run(model, [1, 2], { maxTokens: 7, seed: 9 });
    const rest = await run(model, [1, 2, ...first.ids], { maxTokens: 13, seed: 9 });
    expect([...first.ids, ...rest.ids]).toEqual(whole.ids);
  });

  it('gives the same tokens for the same seed and others for another seed or sequence', async () => {
    const model = createFakeModel(vocabSize);
    const options = { maxTokens: 30, seed: 1 };
    const { ids } = await run(model, [3], options);
    expect((await run(model, [3], options)).ids).toEqual(ids);
    expect((await run(model, [3], { ...options, seed: 2 })).ids).not.toEqual(ids);
    expect((await run(model, [3], { ...options, sequence: 1 })).ids).not.toEqual(ids);
    expect((await run(model, [3], { ...options, seed: 0 })).ids).toEqual(
      (await run(model, [3], { maxTokens: 30 })).ids,
    );
  });

  it('takes what sampling leaves out from the defaults', async () => {
    const model = createFakeModel(vocabSize);
    const { temperature, ...others } = defaultSampling;
    const partial = await run(model, [3], { maxTokens: 20, sampling: { temperature } });
    expect(partial.ids).toEqual((await run(model, [3], { maxTokens: 20, sampling: { temperature, ...others } })).ids);
    expect(partial.ids).not.toEqual((await run(model, [3], { maxTokens: 20, sampling: { temperature: 5 } })).ids);
  });

  it('starts from an empty state and reads each token once, the last one not at all', async () => {
    const model = createFakeModel(vocabSize, (history) =>
      Array.from({ length: vocabSize }, (_, i) => +(i === history.length)),
    );
    await model.prefill([9, 9]);
    const { ids, steps } = await run(model, [5, 6], { maxTokens: 3, sampling: { temperature: 0 } });
    expect(ids).toEqual([2, 3, 4]);
    expect(model.calls).toEqual(['prefill 9,9', 'reset', 'prefill 5,6', 'step 2', 'step 3']);
    expect(steps).toBe(2);
  });

  it('ends before an eos token, which is not given out', async () => {
    const model = createFakeModel(vocabSize, (history) =>
      Array.from({ length: vocabSize }, (_, i) => +(i === history.length)),
    );
    const options = { sampling: { temperature: 0 }, eosTokenIds: [7, 5] };
    expect(await run(model, [0, 0], options)).toMatchObject({ ids: [2, 3, 4], finishReason: 'eos', steps: 3 });
    expect(await run(model, [0, 0, 0, 0, 0], options)).toMatchObject({ ids: [], finishReason: 'eos', steps: 0 });
  });

  it('generates 256 tokens unless told otherwise', async () => {
    expect((await run(createFakeModel(vocabSize), [0], {})).ids.length).toBe(256);
  });

  it('of no tokens leaves the model as after no text', async () => {
    const model = createFakeModel(vocabSize);
    expect(await run(model, [0], { maxTokens: 0 })).toMatchObject({
      ids: [],
      finishReason: 'length',
      steps: 0,
      decodeSeconds: 0,
    });
    expect(model.calls).toEqual(['reset']);
  });

  it('refuses a maxTokens that is no count', async () => {
    for (const maxTokens of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(run(createFakeModel(vocabSize), [0], { maxTokens })).rejects.toThrow(
        new RangeError(`"maxTokens" expected an integer ≥ 0, got ${maxTokens}`),
      );
    }
  });

  it('stops where the signal aborts it: before the prompt, within it, or between tokens', async () => {
    const aborted = AbortSignal.abort();
    expect(await run(createFakeModel(vocabSize), [0], { signal: aborted })).toMatchObject({
      ids: [],
      finishReason: 'aborted',
    });

    const inPrompt = new AbortController();
    const model = createFakeModel(vocabSize);
    const stopped = await run(model, [0, 1, 2, 3], {
      signal: inPrompt.signal,
      onProgress: (done) => done === 2 && inPrompt.abort(),
    });
    expect(stopped).toMatchObject({ ids: [], finishReason: 'aborted', steps: 0, decodeSeconds: 0 });

    const between = new AbortController();
    const generator = generateTokens(model, size, [0], { signal: between.signal });
    await generator.next();
    await generator.next();
    between.abort();
    const end = await generator.next();
    expect(end.done && end.value).toMatchObject({ finishReason: 'aborted', steps: 1 });
  });

  it('aborted during a step it gives the token after what was read, so that a session can go on from it', async () => {
    const controller = new AbortController();
    const fake = createFakeModel(vocabSize);
    const model: LanguageModel = {
      ...fake,
      async step(id) {
        controller.abort();
        return fake.step(id);
      },
    };
    const result = await run(model, [0], { signal: controller.signal });
    expect([result.ids.length, result.finishReason, result.steps]).toEqual([2, 'aborted', 1]);
  });

  it('passes on what the model throws, aborted or not', async () => {
    const controller = new AbortController();
    const broken: LanguageModel = {
      ...createFakeModel(vocabSize),
      async prefill() {
        controller.abort();
        throw new Error('device lost');
      },
    };
    await expect(run(broken, [0], {})).rejects.toThrow(new Error('device lost'));
    await expect(run(broken, [0], { signal: controller.signal })).rejects.toThrow(new Error('device lost'));
  });

  it('reports the progress of the prompt', async () => {
    const seen: [number, number][] = [];
    await run(createFakeModel(vocabSize), [4, 5, 6], { maxTokens: 2, onProgress: (...p) => seen.push(p) });
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('times the model, not whoever takes the tokens', async () => {
    let now = 0; // milliseconds
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const slow: LanguageModel = {
      ...createFakeModel(vocabSize),
      async prefill() {
        now += 2000;
        return new Float64Array(vocabSize);
      },
      async step() {
        now += 300;
        return new Float64Array(vocabSize);
      },
    };
    const generator = generateTokens(slow, size, [0], { maxTokens: 3 });
    let next = await generator.next();
    while (!next.done) {
      now += 5000;
      next = await generator.next();
    }
    vi.restoreAllMocks();
    expect(next.value).toMatchObject({ finishReason: 'length', prefillSeconds: 2, steps: 2, decodeSeconds: 0.6 });
  });
});

describe('generateTokens with a session', () => {
  it('goes on behind it as if never interrupted, whatever was read and whether or not a prompt comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        prompts,
        fc.nat(6),
        fc.nat(6),
        fc.array(fc.nat(size - 1), { maxLength: 3 }),
        async (...drawn) => {
          const [prompt, firstTokens, restTokens, more] = drawn;
          const model = createFakeModel(vocabSize);
          const first = await run(model, prompt, { maxTokens: firstTokens + 1, seed: 5 });
          const session = { ids: first.all, read: first.read, state: await model.state() };
          const other = createFakeModel(vocabSize);
          const rest = await run(other, more, { maxTokens: restTokens, seed: 5, session });
          const whole = await run(createFakeModel(vocabSize), [...first.all, ...more], {
            maxTokens: restTokens,
            seed: 5,
          });
          expect(rest.ids).toEqual(whole.ids);
          expect(rest.all).toEqual(whole.all);
        },
      ),
    );
  });

  it('ends with `stop` when told so, without another step', async () => {
    const model = createFakeModel(vocabSize);
    const generator = generateTokens(model, size, [1], { maxTokens: 9 });
    await generator.next();
    const end = await generator.next(true);
    expect(end).toMatchObject({ done: true, value: { finishReason: 'stop', read: 1, steps: 0 } });
    expect(model.calls).toEqual(['reset', 'prefill 1']);
  });
});
