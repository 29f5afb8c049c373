/**
 * The tokenizer of a GGUF file against the tokenizer.json it was made from.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { ggufTokenizerJson } from '../../src/checkpoint/gguf-tokenizer.ts';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { hardTexts } from '../tokenizer/hard-texts.ts';
import type { Bytes } from './bytes.ts';
import { ggufBytes, ggufValue } from './gguf-writer.ts';
import { expectRefusal } from './refusal.ts';

const neoxText = readFileSync(new URL('../golden/gpt-neox-reduced.tokenizer.json', import.meta.url), 'utf8');
const neox = JSON.parse(neoxText) as {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly (string | readonly string[])[] };
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
};

/** As llama.cpp's converter writes it: tokens by id, control tokens of kind 3, tokens that a user has added of kind 4. */
function metadata(pre: string, changes: Readonly<Record<string, Bytes | undefined>> = {}): [string, Bytes][] {
  const tokens: string[] = [];
  const kinds: number[] = [];
  for (const [content, id] of Object.entries(neox.model.vocab)) [tokens[id], kinds[id]] = [content, 1];
  for (const { id, content, special } of neox.added_tokens) [tokens[id], kinds[id]] = [content, special ? 3 : 4];
  const merges = neox.model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  const all: Record<string, Bytes | undefined> = {
    'general.architecture': ggufValue.text('mamba'),
    'tokenizer.ggml.model': ggufValue.text('gpt2'),
    'tokenizer.ggml.pre': ggufValue.text(pre),
    'tokenizer.ggml.tokens': ggufValue.texts(tokens),
    'tokenizer.ggml.token_type': ggufValue.numbers(kinds),
    'tokenizer.ggml.merges': ggufValue.texts(merges),
    ...changes,
  };
  return Object.entries(all).filter((entry): entry is [string, Bytes] => entry[1] !== undefined);
}

const read = (pairs: [string, Bytes][]) => ggufTokenizerJson(bytesSource('model.gguf', ggufBytes(pairs, [])));

async function tokenizerOf(pre: string): Promise<Tokenizer> {
  return createTokenizer((await read(metadata(pre)))!, 'model.gguf');
}

describe('the tokenizer in a file of GGUF', () => {
  test('gives the ids and the texts of the tokenizer.json it was made from, special tokens as asked for', async () => {
    const [ours, expected] = [await tokenizerOf('olmo'), createTokenizer(neoxText, 'tokenizer.json')];
    expect(ours.size).toBe(expected.size);
    fc.assert(
      fc.property(hardTexts, fc.boolean(), (text, specialTokens) => {
        const ids = ours.encode(text, { specialTokens });
        expect(ids).toEqual(expected.encode(text, { specialTokens }));
        expect(ours.decode(ids)).toBe(expected.decode(ids));
      }),
    );
    expect(ours.encode('<|endoftext|>', { specialTokens: true })).toHaveLength(1);
  });

  test('normalises as GPT-NeoX does and GPT-2 does not', async () => {
    const decomposed = 'e\u0301';
    expect((await tokenizerOf('mpt')).encode(decomposed)).toEqual((await tokenizerOf('mpt')).encode('\u00e9'));
    const gpt2 = await tokenizerOf('gpt-2');
    expect(gpt2.encode(decomposed)).not.toEqual(gpt2.encode('\u00e9'));
  });

  test.each([
    ['another kind of model', { 'tokenizer.ggml.model': ggufValue.text('llama') }],
    ['another rule for words', { 'tokenizer.ggml.pre': ggufValue.text('falcon') }],
    ['no rule for words', { 'tokenizer.ggml.pre': undefined }],
    ['no tokenizer', { 'tokenizer.ggml.model': undefined }],
  ])('with %s there is none', async (_, changes) => {
    expect(await read(metadata('olmo', changes))).toBeUndefined();
  });

  test('lists that do not fit each other are refused', async () => {
    const refused = (changes: Record<string, Bytes | undefined>, message: string) =>
      expectRefusal(() => read(metadata('olmo', changes)), { file: 'model.gguf', message });
    const { size } = createTokenizer(neoxText, 'tokenizer.json');
    await refused(
      { 'tokenizer.ggml.token_type': ggufValue.numbers([1]) },
      `metadata "tokenizer.ggml.token_type" expected ${size} kinds, one a token, got 1`,
    );
    await refused(
      { 'tokenizer.ggml.merges': undefined },
      'metadata "tokenizer.ggml.merges" expected a list of texts, got none',
    );
    await refused(
      { 'tokenizer.ggml.tokens': ggufValue.numbers([1, 2]) },
      'metadata "tokenizer.ggml.tokens" expected a list of texts, got others',
    );
  });
});
