/**
 * The tokenizer against the Rust tokenizers on random texts, and streams against texts at once.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStreamDecoder } from '../../src/generation/stream-decoder.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { absent } from '../gpu/required.ts';
import { brokenOnce, hardTexts, sample } from './hard-texts.ts';
import type { BpeDefinition } from './reduce.ts';
import { reduce } from './reduce.ts';
import { createRustTokenizer } from './rust.ts';
import type { TokenizerName } from './tokenizer-files.ts';
import { noTokenizerFiles, readTokenizerFile } from './tokenizer-files.ts';

const reducedFile = fileURLToPath(new URL('../golden/gpt-neox-reduced.tokenizer.json', import.meta.url));
/** U+FFFD for half surrogate pairs. */
const wellFormed = (text: string) => Buffer.from(text).toString();
/** FC_RUNS may ask for more. */
const atLeast = (runs: number) => Math.max(runs, fc.readConfigureGlobal()?.numRuns ?? 0);

test('the tokenizer files are here, or their absence was allowed', () => {
  expect(absent('tokenizers', noTokenizerFiles)).toBe(false);
});

/** The laws, on one tokenizer. */
function agrees(json: string, runs: number): void {
  const tokenizer = createTokenizer(json, 'tokenizer.json');
  const rust = createRustTokenizer(JSON.parse(json));
  const streamed = (ids: readonly number[]) => {
    const decoder = createStreamDecoder(tokenizer);
    return [...ids.map((id) => decoder.push(id)), decoder.end()];
  };

  test.each([false, true])(`${runs} texts have Rust's ids and text, special tokens: %s`, async (specialTokens) => {
    const sameAsRust = async (text: string) => {
      const ids = tokenizer.encode(text, { specialTokens });
      expect(ids).toEqual(await rust.encode(text, specialTokens));
      expect(tokenizer.decode(ids)).toBe(await rust.decode(ids));
    };
    const examples = brokenOnce.map((text): [string] => [text]);
    await fc.assert(fc.asyncProperty(hardTexts, sameAsRust), { numRuns: atLeast(runs), examples });
  });

  test('any ids have the text that Rust gives them, halves of characters included', async () => {
    const ids = fc.array(fc.nat({ max: tokenizer.size - 1 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(ids, async (list) => {
        expect(tokenizer.decode(list)).toBe(await rust.decode(list));
        expect(streamed(list).join('')).toBe(tokenizer.decode(list));
      }),
      { numRuns: atLeast(runs / 5) },
    );
  });

  test('streamed, a text comes whole and never as half a character', () => {
    const wholeText = (text: string) => {
      const pieces = streamed(tokenizer.encode(text));
      expect(pieces.join('')).toBe(tokenizer.decode(tokenizer.encode(text)));
      if (!text.includes('\ufffd')) expect(pieces.filter((piece) => piece.includes('\ufffd'))).toEqual([]);
      expect(pieces.filter((piece) => piece !== wellFormed(piece))).toEqual([]);
    };
    fc.assert(fc.property(hardTexts.map(wellFormed), wholeText), { numRuns: atLeast(runs / 5) });
  });

  test('half a surrogate pair is U+FFFD, no ids are no text, and no space is cleaned up', () => {
    for (const half of ['\ud83d', '\ude00']) {
      expect(tokenizer.encode(`a${half}b`)).toEqual(tokenizer.encode('a\ufffdb'));
    }
    expect(tokenizer.decode([])).toBe('');
    for (const text of ["a , b . do n't !", '  two  spaces  ', ' <|endoftext|> ']) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      expect(tokenizer.decode(tokenizer.encode(text, { specialTokens: true }))).toBe(text);
    }
  });
}

describe('a reduced GPT-NeoX', () => agrees(readFileSync(reducedFile, 'utf8'), 2000));

describe.skipIf(noTokenizerFiles !== undefined).each<[TokenizerName, number, number, number]>([
  ['gpt-neox-20b', 10_000, 14, 0],
  ['gpt2', 2000, 12, 50256],
])('%s', (name, runs, promptLength, endOfText) => {
  if (noTokenizerFiles !== undefined) return;
  const json = readTokenizerFile(name);
  agrees(json, runs);

  test(`the blog's prompt is ${promptLength} tokens`, () => {
    const prompt = 'Please explain Turing test and provide your perspective on Turing test.';
    expect(createTokenizer(json, name).encode(prompt).length).toBe(promptLength);
  });

  test('a user who writes <|endoftext|> does not end the text', () => {
    const tokenizer = createTokenizer(json, name);
    expect(tokenizer.encode('<|endoftext|>')).not.toContain(endOfText);
    expect(tokenizer.encode('<|endoftext|>', { specialTokens: true })).toEqual([endOfText]);
  });
});

test.skipIf(noTokenizerFiles !== undefined)(
  'the reduced GPT-NeoX is made from the whole one (-u writes it)',
  async () => {
    const whole = JSON.parse(readTokenizerFile('gpt-neox-20b')) as BpeDefinition;
    await expect(`${JSON.stringify(reduce(whole, 400, sample))}\n`).toMatchFileSnapshot(reducedFile);
  },
);
