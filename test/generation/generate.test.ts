import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { GenerateOptions, Generation, Piece } from '../../src/generation/generate.ts';
import { EmptyPromptError, generateText } from '../../src/generation/generate.ts';
import type { LanguageModel } from '../../src/generation/language-model.ts';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import type { LogitsOf } from './fake-model.ts';
import { createFakeModel } from './fake-model.ts';
import { byteTokenizer, withAddedTokens, wordTokenizer } from './tokenizers.ts';

async function run(model: LanguageModel, tokenizer: Tokenizer, prompt: string, options: GenerateOptions = {}) {
  const generator = generateText(model, tokenizer, prompt, options);
  const pieces: Piece[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { pieces, ...(next.value satisfies Generation) };
    pieces.push(next.value);
  }
}

/** After a prompt of `after` ids, greedily says `script`, then 0 for ever. */
function saying(script: readonly number[], after: number): LogitsOf {
  return (history) => {
    const next = script[history.length - after] ?? 0;
    return Array.from({ length: 256 }, (_, i) => +(i === next));
  };
}
const greedy = { sampling: { temperature: 0 } };

describe('generateText', () => {
  it('lets a device write tokens ahead, unless somebody wants their logits', async () => {
    const writes = async (options: GenerateOptions) => {
      const model = createFakeModel(256, saying([65, 66, 67, 68], 1));
      const calls: number[] = [];
      const write = async (id: number) => {
        calls.push(id);
        return [65, 66, 67, 68].slice(calls.length);
      };
      const ahead = { tokens: 3, least: 1, mostTopK: 0, write, keep: async () => {} };
      const { text } = await run(Object.assign(model, { ahead }), byteTokenizer, 'x', {
        ...greedy,
        maxTokens: 4,
        ...options,
      });
      expect(text).toBe('ABCD');
      return calls;
    };
    expect(await writes({})).toEqual([65]);
    expect(await writes({ logprobs: 1 })).toEqual([]);
    expect(await writes({ onLogits: () => {} })).toEqual([]);
  });

  it('leaves compiling out of the rate, and says how long it took', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      const model = createFakeModel(256, saying([65, 66, 67], 1));
      const { step } = model;
      let compileSeconds = 0;
      const slow = async (id: number) => {
        if (compileSeconds === 0) {
          compileSeconds = 3;
          now += 3000;
        }
        now += 250;
        return step.call(model, id);
      };
      Object.defineProperty(model, 'compileSeconds', { get: () => compileSeconds });
      const result = await run(Object.assign(model, { step: slow }), byteTokenizer, 'x', { ...greedy, maxTokens: 3 });
      expect(result).toMatchObject({ decodeTokensPerSecond: 4, compileSeconds: 3 });
    } finally {
      clock.mockRestore();
    }
  });

  it('gives the ids and, joined, the text of what was generated, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(255), { maxLength: 12 }), async (script) => {
        const model = createFakeModel(256, saying(script, 2));
        const result = await run(model, byteTokenizer, 'ab', { ...greedy, maxTokens: script.length });
        expect(result.tokens).toEqual(script);
        expect(result.text).toBe(byteTokenizer.decode(script));
        expect(result.pieces.map((piece) => piece.text).join('')).toBe(result.text);
        expect(result.pieces.flatMap(({ id }) => (id === undefined ? [] : [id]))).toEqual(script);
        expect(result.promptTokens).toBe(2);
      }),
    );
  });

  it('gives one piece a token, and one more only for text that was held back', async () => {
    const euro = [0xe2, 0x82, 0xac];
    const options = { ...greedy, maxTokens: 3 };
    const whole = await run(createFakeModel(256, saying(euro, 1)), byteTokenizer, 'a', options);
    expect(whole.pieces).toEqual([
      { text: '', id: 0xe2 },
      { text: '', id: 0x82 },
      { text: '€', id: 0xac },
    ]);
    const cut = await run(createFakeModel(256, saying(euro, 1)), byteTokenizer, 'a', { ...options, maxTokens: 2 });
    expect(cut.pieces).toEqual([{ text: '', id: 0xe2 }, { text: '', id: 0x82 }, { text: '\uFFFD' }]);
  });

  it('continues the prompt’s text: the first word keeps the space before it', async () => {
    const model = createFakeModel(6, (history) => [0, 0, +(history.length === 1), +(history.length === 2), 0, 0]);
    const { text } = await run(model, wordTokenizer, 'to', { ...greedy, maxTokens: 2 });
    expect(text).toBe(' be or');
  });

  it('ends with eos without showing it', async () => {
    const model = createFakeModel(256, saying([104, 105, 10], 1));
    const result = await run(model, byteTokenizer, 'a', { ...greedy, eosTokenIds: [10] });
    expect(result).toMatchObject({ text: 'hi', tokens: [104, 105], finishReason: 'eos' });
  });

  it('when aborted still gives what was held back', async () => {
    const controller = new AbortController();
    const generator = generateText(createFakeModel(256, saying([0xe2, 65], 1)), byteTokenizer, 'a', {
      ...greedy,
      signal: controller.signal,
    });
    expect(await generator.next()).toEqual({ done: false, value: { text: '', id: 0xe2 } });
    controller.abort();
    expect(await generator.next()).toEqual({ done: false, value: { text: '\uFFFD' } });
    expect(await generator.next()).toMatchObject({ done: true, value: { finishReason: 'aborted', text: '\uFFFD' } });
  });

  it('starts an empty prompt from bos, and refuses it without one', async () => {
    const model = createFakeModel(256, saying([65], 1));
    const result = await run(model, byteTokenizer, '', { ...greedy, maxTokens: 1, bosTokenId: 3 });
    expect(result).toMatchObject({ text: 'A', promptTokens: 1 });
    expect(model.calls).toEqual(['reset', 'prefill 3']);
    const error = await run(model, byteTokenizer, '').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EmptyPromptError);
    expect(error).toMatchObject({
      name: 'EmptyPromptError',
      message: '"prompt" expected at least one token, as the model has no bos token, got none',
    });
  });

  it('reads a special token in the prompt as its characters, unless it is told to mean the token', async () => {
    const tokenizer = createTokenizer(withAddedTokens([{ id: 255, content: '<eos>', special: true }]), 'added');
    const promptTokens = async (options: GenerateOptions) =>
      (await run(createFakeModel(256), tokenizer, 'a<eos>', { ...greedy, maxTokens: 0, ...options })).promptTokens;
    expect(await promptTokens({})).toBe(6);
    expect(await promptTokens({ specialTokens: false })).toBe(6);
    expect(await promptTokens({ specialTokens: true })).toBe(2);
  });

  it('refuses options it cannot use, by name, before the model is asked', async () => {
    const wrong: [object, Error][] = [
      ...[-1, Number.NaN, 1.5].map((logprobs): [object, Error] => [
        { logprobs },
        new RangeError(`"logprobs" expected an integer ≥ 0, got ${logprobs}`),
      ]),
      [{ stop: 'END' }, new TypeError('"stop" expected a list of strings, got "END"')],
      [{ stop: [''] }, new RangeError('"stop[0]" expected at least one character, got ""')],
    ];
    for (const [options, error] of wrong) {
      const model = createFakeModel(256);
      await expect(run(model, byteTokenizer, 'a', options)).rejects.toThrow(error);
      expect(model.calls).toEqual([]);
    }
  });

  it('aborted while a long prompt is encoded has read nothing, and leaves the state it began with', async () => {
    const long = 'to be or not '.repeat(10_000);
    const controller = new AbortController();
    const options = { signal: controller.signal, onEncode: () => controller.abort() };
    const model = createFakeModel(256);
    const nothing = { finishReason: 'aborted', text: '', tokens: [], promptTokens: 0 };
    expect(await run(model, byteTokenizer, long, options)).toMatchObject({ ...nothing, ids: [], read: 0 });
    expect(model.calls).toEqual(['reset']);
    const state = { layers: [{ convState: new Float64Array(), h: Float64Array.of(5) }] };
    const session = { ids: [5, 6], read: 1, state };
    const ended = await run(model, byteTokenizer, long, { ...options, session });
    expect(ended).toMatchObject({ ...nothing, ids: [5, 6], read: 1 });
    expect(await model.state()).toEqual(state);
  });

  it('does not put bos in front of a prompt that has tokens', async () => {
    const model = createFakeModel(256);
    await run(model, byteTokenizer, 'a', { maxTokens: 1, bosTokenId: 3 });
    expect(model.calls).toEqual(['reset', 'prefill 97']);
  });

  it('rates what was timed, and says null of what was not', async () => {
    const model = createFakeModel(256);
    const none = await run(model, byteTokenizer, 'a', { maxTokens: 0 });
    expect(none).toMatchObject({ prefillTokensPerSecond: null, decodeTokensPerSecond: null, finishReason: 'length' });
    const one = await run(model, byteTokenizer, 'a', { maxTokens: 1 });
    expect(one.decodeTokensPerSecond).toBe(null);
  });

  it('rates the prompt by its tokens, and decoding by the tokens that were read one by one', async () => {
    let now = 0; // milliseconds
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const takes = (milliseconds: number) => async () => {
      now += milliseconds;
      return new Float64Array(256);
    };
    const slow: LanguageModel = { ...createFakeModel(256), prefill: takes(4000), step: takes(250) };
    const result = await run(slow, byteTokenizer, 'ab', { maxTokens: 4 });
    vi.restoreAllMocks();
    expect(result).toMatchObject({ prefillTokensPerSecond: 0.5, decodeTokensPerSecond: 4 });
  });
});
