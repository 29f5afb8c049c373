import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../src/tokenizer/definition.ts';
import { cutsOf } from '../../src/tokenizer/pieces.ts';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { byteTokenizer, byteTokenizerJson, wordTokenizer } from '../generation/tokenizers.ts';

const bytes = JSON.parse(byteTokenizerJson);
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
const flags = { single_word: false, lstrip: false, rstrip: false };
const merges = ['Ġ Ġ', 'Ġ a', 'Ġ ĠĠ', 'ĠĠ ĠĠ', 'a a', 'Ċ Ċ', 'Ċ Ġ', 'ĠĊ Ġ', 'aa a', '. Ġ', '. .', '1 1', 'Ġ .', 'ì Į'];
const names: string[] = [...Object.keys(bytes.model.vocab), ...new Set(merges.map((merge) => merge.replace(' ', '')))];
const vocab = Object.fromEntries(names.map((name, id) => [name, id]));
const model = { ...bytes.model, vocab, merges };

/** As GPT-NeoX's, the tokenizer of the published Mamba models, is made: NFC, runs of spaces as added tokens. */
const neox = {
  ...bytes,
  ...{ model, normalizer: { type: 'NFC' }, pre_tokenizer: byteLevel, post_processor: byteLevel },
  added_tokens: [
    { ...flags, id: 300, content: '<|end|>', special: true, normalized: false },
    { ...flags, id: 301, content: '   ', special: false, normalized: true },
    { ...flags, id: 302, content: '    ', special: false, normalized: true },
    { ...flags, id: 303, content: '\n a', special: false, normalized: true },
  ],
};
/** As Falcon's is made. */
const falcon = {
  ...neox,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Punctuation', behavior: 'Contiguous' },
      { ...byteLevel, use_regex: true },
      { type: 'Digits', individual_digits: false },
      { type: 'Split', pattern: { Regex: '[0-9][0-9][0-9]' }, behavior: 'Isolated', invert: false },
    ],
  },
};
const make = (definition: object) => createTokenizer(JSON.stringify(definition), 'tokenizer.json');

const unit = fc.constantFrom(
  ...[' ', ' ', ' ', '\n', '\n', 'a', 'a', 'e', '.', '1', "'s", 'é', 'e\u0301', '\u0301', '\u0338', '\u00a0', '\t'],
  ...['\r', '\u2003', '각', '\u1100', '😀', '\ud83d', '\ude00', '<|end|>', '中', '\ufeff', '\u0085', '\u2028'],
);
const texts = fc.array(unit, { maxLength: 40 }).map((units) => units.join(''));

describe.each<[string, Tokenizer]>([
  ['the embedded model', byteTokenizer],
  ['GPT-NeoX', make(neox)],
  ['Falcon', make(falcon)],
  ['no known kind', wordTokenizer],
])('pieces for the tokenizer of %s', (_, tokenizer) => {
  test('joined are the text, and their ids end to end are its ids', () => {
    const check = (text: string, length: number) => {
      const pieces = [...tokenizer.pieces(text, length)];
      expect(pieces.join('')).toBe(text);
      expect(pieces.slice(0, -1).every((piece) => piece.length >= length)).toBe(true);
      for (const specialTokens of [false, true]) {
        const ids = pieces.flatMap((piece) => tokenizer.encode(piece, { specialTokens }));
        expect(ids).toEqual(tokenizer.encode(text, { specialTokens }));
      }
    };
    fc.assert(fc.property(texts, fc.integer({ min: 1, max: 9 }), check), {
      examples: [
        ['a   \n  a.  .\n\na', 1],
        ['', 1],
        ['😀😀', 1],
        ['11 11 1111\n1', 1],
        ['a\u0085  a', 1],
        ['a\ufeff  a', 1],
        ['a\ud83d\ude00 a', 2],
      ],
    });
  });
});

test('a text of words is cut within a word’s length, one without spaces only where bytes are all', () => {
  const words = 'to be or not\n'.repeat(1000);
  for (const definition of [bytes, neox, falcon]) {
    const lengths = Array.from(make(definition).pieces(words, 100), (piece) => piece.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(104);
  }
  expect([...byteTokenizer.pieces('a'.repeat(250), 100)].map((piece) => piece.length)).toEqual([100, 100, 50]);
  expect([...make(neox).pieces('a'.repeat(250), 100)].length).toBe(1);
  expect(() => byteTokenizer.pieces('a', 0)).toThrow(new RangeError('"length" expected an integer ≥ 1, got 0'));
});

describe('a definition of which it is not known is not cut', () => {
  const added = (token: object) => ({ added_tokens: [{ ...flags, id: 300, content: 'x', special: false, ...token }] });
  test.each<[string, object]>([
    ['a prefix space', { pre_tokenizer: { ...byteLevel, add_prefix_space: true } }],
    ['a pattern of its own', { pre_tokenizer: { type: 'Split', pattern: { Regex: '.+' } } }],
    ['no pre-tokenizer', { pre_tokenizer: null }],
    ['merges over whole texts', { pre_tokenizer: { ...byteLevel, use_regex: false } }],
    [
      'a split before ByteLevel',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split' }, byteLevel] } },
    ],
    ['another normalizer', { normalizer: { type: 'Strip', strip_left: true } }],
    ['an added token with a space inside', added({ content: 'a b' })],
    ['an added token with a space behind U+FEFF', added({ content: '\ufeff b' })],
    ['an added token that takes spaces', added({ lstrip: true })],
    ['fused unknowns', { model: { ...model, fuse_unk: true } }],
    ['another model', { model: { type: 'Unigram', vocab: [['a', 0]] } }],
    [
      'a template with the text in it twice',
      { post_processor: { type: 'TemplateProcessing', single: [{ Sequence: {} }, { Sequence: {} }] } },
    ],
  ])('%s', (_, change) => {
    expect(cutsOf(neox as Definition)).toBe('space');
    expect(cutsOf({ ...neox, ...change } as Definition)).toBe('none');
  });
});
