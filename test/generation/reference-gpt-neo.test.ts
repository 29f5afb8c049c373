import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import type { ModelState } from '../../src/generation/model-state.ts';
import { expectGptNeoState } from '../../src/generation/model-state.ts';
import { createReferenceGptNeo } from '../../src/generation/reference-gpt-neo.ts';
import { attentionFlash } from '../../src/reference/attention-flash.ts';
import { crossEntropy } from '../../src/reference/cross-entropy.ts';
import { gptNeoModelForward, gptNeoModelLogits } from '../../src/reference/gpt-neo-model.ts';
import { emptyGptNeoState } from '../../src/reference/gpt-neo-state.ts';
import type { GptNeoConfig } from '../../src/reference/gpt-neo-types.ts';
import { expectIdentical } from '../compare.ts';
import { readGolden } from '../golden.ts';
import { gptNeoConfigOf, gptNeoWeightsOf } from '../golden-model.ts';
import { atMost } from '../reference/runs.ts';
import { gptNeoWeights, smallGptNeo } from '../reference/small-gpt-neo.ts';

const config: GptNeoConfig = { ...smallGptNeo, maxPositions: 20 };
const weights = gptNeoWeights(config, 5);
const model = createReferenceGptNeo(config, weights);
const { vocabSize } = config;
const texts = fc.array(fc.nat(vocabSize - 1), { minLength: 1, maxLength: config.maxPositions });

/** Logits and state after all ids at once. */
function forward(ids: readonly number[]) {
  const { hidden, state } = gptNeoModelForward(config, weights, ids);
  return { rows: gptNeoModelLogits(config, weights, hidden), state };
}

async function all(tokens: AsyncGenerator<number, unknown>): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of tokens) ids.push(id);
  return ids;
}

describe('the reference’s GPT-Neo as a language model', () => {
  it('prefill and steps give the last row of logits and the cache of all ids at once, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(config.maxPositions), async (ids, stepped) => {
        await model.reset();
        const cut = Math.max(1, ids.length - stepped);
        let logits = await model.prefill(ids.slice(0, cut));
        for (const id of ids.slice(cut)) logits = await model.step(id);
        const { rows, state } = forward(ids);
        expectIdentical(logits, rows.subarray(-vocabSize));
        expect(await model.state()).toEqual(state);
      }),
      atMost(50),
    );
  });

  it('crossEntropy is that of all rows at once, bit for bit, and reads like prefill', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (ids) => {
        await model.reset();
        const targets = [...ids.slice(1), 0];
        const { rows, state } = forward(ids);
        expectIdentical(
          await model.crossEntropy(ids, targets),
          crossEntropy({ rows: ids.length, vocabSize }, rows, targets),
        );
        expect(await model.state()).toEqual(state);
      }),
      atMost(50),
    );
  });

  it('a text longer than its positions is refused before any work, and the model stays as it was', async () => {
    await model.reset();
    await model.prefill([1, 2]);
    const state = await model.state();
    const tooMany = new Array<number>(19).fill(3);
    const onProgress = () => expect.fail('worked');
    const message = 'out of context: expected at most 20 tokens in all (maxPositions), got 2 read + 19 more';
    await expect(model.prefill(tooMany, { onProgress })).rejects.toThrow(new RangeError(message));
    await expect(model.crossEntropy(tooMany, tooMany, { onProgress })).rejects.toThrow(new RangeError(message));
    expect(await model.state()).toEqual(state);
    await model.prefill(tooMany.slice(1));
    await expect(model.step(1)).rejects.toThrow('got 20 read + 1 more');
    expect(expectGptNeoState(await model.state()).position).toBe(20);
  });

  it('a state is a copy both ways, continues where it was taken, and of another model is refused', async () => {
    await model.reset();
    await model.prefill([1, 2, 3]);
    const taken = expectGptNeoState(await model.state());
    const kept = structuredClone(taken);
    for (const { k, v } of taken.layers) {
      k.fill(9);
      v.fill(9);
    }
    expect(await model.state()).toEqual(kept);

    await model.prefill([4, 5]);
    await model.restore(kept);
    expectIdentical(await model.step(6), forward([1, 2, 3, 6]).rows.subarray(-vocabSize));

    const wrong: [ModelState, string][] = [
      [{ layers: [] }, '"state" expected the KV cache of a GPT-Neo, got the state of a Mamba'],
      [
        { ...kept, position: 21 },
        'out of context: expected at most 20 tokens in all (maxPositions), got 21 read + 0 more',
      ],
      [{ ...kept, position: 2 }, '"state.layers[0].k" expected length 8 (position 2 × hiddenSize 4), got 12'],
      [{ ...kept, layers: [kept.layers[0]!] }, '"state.layers" expected 2 layers (nLayer), got 1'],
    ];
    const before = await model.state();
    for (const [other, message] of wrong) {
      await expect(model.restore(other)).rejects.toThrow(new RangeError(message));
      expect(await model.state()).toEqual(before);
    }
    await model.reset();
    expect(await model.state()).toEqual(emptyGptNeoState(config));
  });

  it.each(['gptneo-a', 'gptneo-b'])(
    '%s: generates transformers’ tokens, greedily and with penalty 1.2',
    async (name) => {
      const golden = await readGolden(name);
      const goldenConfig = gptNeoConfigOf(golden);
      const ids = golden.tensors.get('input_ids')!;
      const prompt = Array.from(ids.data.subarray(0, ids.shape[1]));
      for (const attend of [undefined, attentionFlash]) {
        const read = createReferenceGptNeo(goldenConfig, gptNeoWeightsOf(golden, goldenConfig), attend);
        for (const [continued, repetitionPenalty] of [
          ['greedy', 1],
          ['penalty', 1.2],
        ] as const) {
          const sampling = { temperature: 0, repetitionPenalty };
          const tokens = generateTokens(read, goldenConfig.vocabSize, prompt, { maxTokens: 24, sampling });
          expect(await all(tokens)).toEqual(Array.from(golden.tensors.get(`generate.${continued}`)!.data));
        }
      }
    },
  );

  it('generation goes on behind a session as if never interrupted, and ends where the context ends', async () => {
    const options = { maxTokens: 5, sampling: { temperature: 1 }, seed: 7 };
    const whole = await all(generateTokens(model, vocabSize, [1, 2], { ...options, maxTokens: 10 }));
    const first = await all(generateTokens(model, vocabSize, [1, 2], options));
    const session = { ids: [1, 2, ...first], read: 6, state: await model.state() };
    expect([...first, ...(await all(generateTokens(model, vocabSize, [], { ...options, session })))]).toEqual(whole);
    // 20 positions: two for the prompt, 18 more to read, and the token after them.
    const longest = generateTokens(model, vocabSize, [1, 2], { ...options, maxTokens: 100 });
    let step = await longest.next();
    for (let count = 1; !step.done; count++, step = await longest.next()) expect(count).toBeLessThanOrEqual(19);
    expect(step.value).toMatchObject({ finishReason: 'length', read: 20 });
    expect(step.value.ids).toHaveLength(21);
    await expect(all(generateTokens(model, vocabSize, new Array(21).fill(1), options))).rejects.toThrow(
      'out of context: expected at most 20 tokens in all (maxPositions), got 0 read + 21 more',
    );
  });
});
