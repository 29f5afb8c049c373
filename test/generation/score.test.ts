import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShortTextError, scoreText } from '../../src/generation/score.ts';
import { expectWithin } from '../compare.ts';
import { createFakeModel, scrambledLogits, surprise } from './fake-model.ts';
import { byteTokenizer } from './tokenizers.ts';

const logitsOf = scrambledLogits(256);
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\n'), minLength: 2, maxLength: 16 });

/** Every token but the first, from what the rule says its model has read: its window's tokens, or all before it. */
function natsByDefinition(tokens: number[], context: number, stream: boolean): number {
  let total = 0;
  for (let i = 1; i < tokens.length; i++) {
    const windowStart = stream ? 0 : Math.floor((i - 1) / context) * context;
    total += surprise(logitsOf(tokens.slice(windowStart, i)), tokens[i]!);
  }
  return total;
}

describe('scoreText', () => {
  it('predicts each token but the first from its own window, or from everything before it with stream', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (value, context, stream) => {
        const score = await scoreText(createFakeModel(256), byteTokenizer, value, { context, stream });
        const tokens = byteTokenizer.encode(value);
        const nats = natsByDefinition(tokens, context, stream);
        const bytes = tokens.length;
        expect(score.bytes).toBe(bytes);
        expect(score.predictedTokens).toBe(bytes - 1);
        // One rounding an addition, and one or two more for each quotient.
        const within = { k: bytes + 4, scale: nats };
        expectWithin([score.lossNatsPerToken * (bytes - 1), score.lossNatsPerByte * bytes], [nats, nats], within);
        expect(score.perplexity).toBe(Math.exp(score.lossNatsPerToken));
        expect(score.bitsPerByte).toBe(score.lossNatsPerByte / Math.LN2);
      }),
    );
  });

  it('reads windows [wC, wC + C) and predicts [wC + 1, wC + C], a partial last one included', async () => {
    const windows = async (value: string, stream: boolean) => {
      const model = createFakeModel(256);
      await scoreText(model, byteTokenizer, value, { context: 2, stream });
      return model.calls;
    };
    expect(await windows('abcde', false)).toEqual([
      ...['reset', 'crossEntropy 97,98 → 98,99'],
      ...['reset', 'crossEntropy 99,100 → 100,101'],
    ]);
    expect(await windows('abcd', false)).toEqual([
      ...['reset', 'crossEntropy 97,98 → 98,99'],
      ...['reset', 'crossEntropy 99 → 100'],
    ]);
    expect(await windows('abcd', true)).toEqual(['reset', 'crossEntropy 97,98 → 98,99', 'crossEntropy 99 → 100']);
  });

  it('has windows of 256 tokens and no stream unless told otherwise', async () => {
    const model = createFakeModel(256);
    await scoreText(model, byteTokenizer, 'a'.repeat(258));
    expect(model.calls.map((call) => call.split(' ')[1]?.split(',').length)).toEqual([undefined, 256, undefined, 1]);
  });

  it('counts the bytes of the text, not its characters', async () => {
    expect((await scoreText(createFakeModel(256), byteTokenizer, '€')).bytes).toBe(3);
  });

  it('reports progress in predicted tokens of the whole text', async () => {
    const seen: [number, number][] = [];
    const onProgress = (...progress: [number, number]) => seen.push(progress);
    await scoreText(createFakeModel(256), byteTokenizer, 'abcd', { context: 2, onProgress });
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('rejects with the reason of an aborted signal', async () => {
    const controller = new AbortController();
    const onProgress = (done: number) => done === 3 && controller.abort();
    const options = { context: 2, signal: controller.signal, onProgress };
    const error = await scoreText(createFakeModel(256), byteTokenizer, 'abcdefgh', options).catch((e: unknown) => e);
    expect(error).toBe(controller.signal.reason);
    expect(controller.signal.aborted).toBe(true);
  });

  it('refuses texts of fewer than two tokens', async () => {
    for (const short of ['', 'a']) {
      const error = await scoreText(createFakeModel(256), byteTokenizer, short).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ShortTextError);
      expect(error).toMatchObject({
        name: 'ShortTextError',
        message: `"text" expected at least 2 tokens, got ${short.length}`,
      });
    }
  });

  it('refuses a context that is no count of at least one', async () => {
    for (const context of [0, -1, 1.5, Number.NaN]) {
      await expect(scoreText(createFakeModel(256), byteTokenizer, 'ab', { context })).rejects.toThrow(
        new RangeError(`"context" expected an integer ≥ 1, got ${context}`),
      );
    }
  });
});
