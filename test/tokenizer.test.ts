import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer, TokenizerError } from '../src/tokenizer.ts';
import { byteTokenizer, byteTokenizerJson, withAddedTokens } from './generation/tokenizers.ts';

const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const anyText = fc.string({ unit: 'binary', maxLength: 30 });

describe('the embedded tokenizer', () => {
  it('is the identity on bytes: encode(text) is its UTF-8, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(byteTokenizer.encode(text)).toEqual(utf8(text));
      }),
    );
  });

  it('decodes any bytes as UTF-8 does, U+FFFD for what is not UTF-8, a byte order mark kept', () => {
    const reference = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        expect(byteTokenizer.decode(bytes)).toBe(reference.decode(bytes));
      }),
      { examples: [[Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)], [Uint8Array.of(0xf0, 0x9f)]] },
    );
  });

  it('decode ∘ encode is the identity, spaces before punctuation included', () => {
    for (const text of ["a , b . c ! d ? do n't I 'm you 've", '  two  spaces  ', '\r\n\t', '', '\uFEFFmark']) {
      expect(byteTokenizer.decode(byteTokenizer.encode(text))).toBe(text);
    }
  });

  it('makes half a surrogate pair U+FFFD, as UTF-8 has none', () => {
    expect(byteTokenizer.encode('a\ud83db')).toEqual(utf8('a\ufffdb'));
  });

  it('encodes 300,000 characters in one piece', () => {
    const text = 'To be, or not to be – that is the question.\n'.repeat(7_000);
    expect(Buffer.from(byteTokenizer.encode(text)).toString()).toBe(text);
  });

  it('has 256 ids, refuses others by name, and makes no ids the empty text', () => {
    expect(byteTokenizer.size).toBe(256);
    expect(byteTokenizer.decode([])).toBe('');
    for (const id of [256, -1, 0.5, Number.NaN]) {
      expect(() => byteTokenizer.decode([65, id])).toThrow(
        new RangeError(`"ids" expected integers in 0…255, got ${id}`),
      );
    }
  });
});

describe('added tokens', () => {
  const tokenizer = createTokenizer(
    withAddedTokens([
      { id: 300, content: '<eos>', special: true },
      { id: 290, content: '<tab>', special: false },
    ]),
    'added',
  );

  it('count: size is the largest id + 1, holes included', () => {
    expect(tokenizer.size).toBe(301);
  });

  it('that are special are plain characters in a text, unless the caller asks for them', () => {
    expect(tokenizer.encode('a<eos>')).toEqual(utf8('a<eos>'));
    expect(tokenizer.encode('a<eos>', { specialTokens: false })).toEqual(utf8('a<eos>'));
    expect(tokenizer.encode('a<eos>', { specialTokens: true })).toEqual([97, 300]);
  });

  it('that are not special are tokens in any text', () => {
    expect(tokenizer.encode('a<tab>')).toEqual([97, 290]);
    expect(tokenizer.encode('a<tab>', { specialTokens: true })).toEqual([97, 290]);
  });

  it('are spelled out when decoded', () => {
    expect(tokenizer.decode([97, 300, 290])).toBe('a<eos><tab>');
  });

  it('may be left out of the definition', () => {
    const { added_tokens: _, ...definition } = JSON.parse(byteTokenizerJson);
    expect(createTokenizer(JSON.stringify(definition), 'none').encode('a')).toEqual([97]);
  });

  it('a post-processor of the definition adds none', () => {
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<eos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<eos>': { id: '<eos>', ids: [300], tokens: ['<eos>'] } },
    };
    const definition = JSON.parse(withAddedTokens([{ id: 300, content: '<eos>', special: true }]));
    const templated = createTokenizer(JSON.stringify({ ...definition, post_processor }), 'templated');
    expect(templated.encode('a')).toEqual([97]);
    expect(templated.encode('a', { specialTokens: true })).toEqual([97]);
  });
});

describe('a list as vocabulary (Unigram)', () => {
  it('has the places of its tokens as ids', () => {
    const definition = {
      ...JSON.parse(byteTokenizerJson),
      pre_tokenizer: null,
      decoder: null,
      model: {
        type: 'Unigram',
        unk_id: 0,
        vocab: [
          ['<unk>', 0],
          ['a', -1],
          ['b', -2],
        ],
      },
    };
    const tokenizer = createTokenizer(JSON.stringify(definition), 'unigram');
    expect(tokenizer.size).toBe(3);
    expect(tokenizer.encode('ab')).toEqual([1, 2]);
  });
});

describe('text outside the vocabulary', () => {
  const plain = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const of = (model: object, more: object = {}) =>
    createTokenizer(JSON.stringify({ ...plain, ...more, model }), 'tokenizer.json of X');
  const refusal = (got: string) =>
    new TokenizerError(`tokenizer.json of X: expected only text of its vocabulary (it has no unk token), got ${got}`);
  const letters = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };
  const eAcute = '"é" (U+00E9)';

  it.each([
    ['BPE', letters],
    ['BPE, null as unk token', { ...letters, unk_token: null, fuse_unk: true }],
    ['BPE, an unk token without an id', { ...letters, unk_token: '<unk>' }],
    ['BPE, half of the bytes for its fallback', { ...letters, vocab: { a: 0, '<0xC3>': 3 }, byte_fallback: true }],
    ['BPE without its type', { ...letters, type: undefined, unk_token: null, continuing_subword_prefix: '' }],
    ['WordPiece', { type: 'WordPiece', vocab: { a: 0, '##a': 1 }, continuing_subword_prefix: '##' }],
    ['Unigram', { type: 'Unigram', vocab: [['a', -1]], unk_id: null }],
  ])('without an unk token is refused by its character: %s', (_, model) => {
    const tokenizer = of(model);
    expect(tokenizer.encode('a')).toEqual([0]);
    expect(() => tokenizer.encode('aéa')).toThrow(refusal(eAcute));
    expect(() => tokenizer.encode('aéa', { specialTokens: true })).toThrow(refusal(eAcute));
  });

  it('is refused by the first unknown character wherever it stands, and known text is not', () => {
    const tokenizer = of(letters);
    const known = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 20 });
    fc.assert(
      fc.property(known, fc.constantFrom('é', '😀', '\n', '\u0301'), anyText, (before, unknown, after) => {
        expect(tokenizer.decode(tokenizer.encode(before)).replaceAll(' ', '')).toBe(before);
        const code = unknown.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
        expect(() => tokenizer.encode(before + unknown + after)).toThrow(
          refusal(`${JSON.stringify(unknown)} (U+${code})`),
        );
      }),
    );
  });

  it('is never blamed on an added token, whose characters alone are unknown', () => {
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    const added = ['.*', '.*)'].map((content, i) => ({ id: 7 + i, content, special: false, ...flags }));
    const tokenizer = of(letters, { added_tokens: added });
    expect(tokenizer.encode('a.*)b.*')).toEqual([0, 8, 1, 7]);
    expect(() => tokenizer.encode('a.*)b.*aaé.*)')).toThrow(refusal(eAcute));
  });

  it('is refused by the character that makes it unknown when every character alone is known', () => {
    const tokenizer = of(
      { ...letters, vocab: { a: 0, e: 1, '\u0301': 2 }, merges: [] },
      { normalizer: { type: 'NFC' } },
    );
    expect([...'ae\u0301'].flatMap((character) => tokenizer.encode(character))).toEqual([0, 1, 2]);
    expect(() => tokenizer.encode('aae\u0301aa')).toThrow(refusal('"\u0301" (U+0301)'));
  });

  it('is refused by the word where words are tokens', () => {
    const words = { type: 'WordLevel', vocab: { to: 0, be: 1 }, unk_token: '<unk>' };
    const tokenizer = of(words, { pre_tokenizer: { type: 'WhitespaceSplit' } });
    expect(tokenizer.encode('to be')).toEqual([0, 1]);
    expect(() => tokenizer.encode('to bee')).toThrow(refusal('"bee"'));
  });

  it('is the unk token where there is one', () => {
    const unk = { '<unk>': 5 };
    const bpe = { ...letters, vocab: { ...letters.vocab, ...unk }, unk_token: '<unk>' };
    expect(of(bpe).encode('abéa')).toEqual([2, 5, 0]);
    expect(of({ type: 'WordLevel', vocab: { a: 0, ...unk }, unk_token: '<unk>' }).encode('é')).toEqual([5]);
  });

  it('is spelled in bytes where all of them are tokens', () => {
    const vocab = { a: 0, '<0xC3>': 1, '<0xA9>': 2 };
    expect(of({ type: 'BPE', vocab, merges: [], byte_fallback: true }).encode('aé')).toEqual([0, 1, 2]);
  });
});

describe('a malformed tokenizer.json', () => {
  const good = JSON.parse(byteTokenizerJson);
  const cases: [string, string, string][] = [
    ['cut off', '{"model": {"type": "BPE"', 'expected JSON, got "{\\"model\\": {\\"type\\": \\""'],
    ['empty', '', 'expected JSON, got ""'],
    ['a list', '[]', 'expected an object with a "model", got none'],
    ['null', 'null', 'expected an object with a "model", got none'],
    ['without model', '{}', 'expected an object with a "model", got none'],
    ['a list as model', '{"model":[]}', 'expected an object with a "model", got none'],
    ['without vocab', '{"model":{}}', 'expected "model.vocab" to be an object or a list, got none'],
    ['null as vocab', '{"model":{"vocab":null}}', 'expected "model.vocab" to be an object or a list, got none'],
    ['no tokens', '{"model":{"vocab":{}}}', 'expected at least one token, got none'],
    ['an id that is text', '{"model":{"vocab":{"a":"0"}}}', 'expected every token\'s id to be an integer ≥ 0, got "0"'],
    ['a negative id', '{"model":{"vocab":{"a":-1}}}', "expected every token's id to be an integer ≥ 0, got -1"],
    ['a broken id', '{"model":{"vocab":{"a":0.5}}}', "expected every token's id to be an integer ≥ 0, got 0.5"],
    [
      'an added token without id',
      '{"model":{"vocab":{"a":0}},"added_tokens":[{}]}',
      "expected every token's id to be an integer ≥ 0, got undefined",
    ],
    [
      'added tokens that are no list',
      '{"model":{"vocab":{"a":0}},"added_tokens":{}}',
      'expected "added_tokens" to be a list of objects',
    ],
    [
      'an added token that is no object',
      '{"model":{"vocab":{"a":0}},"added_tokens":[1]}',
      'expected "added_tokens" to be a list of objects',
    ],
    [
      'an unknown decoder',
      JSON.stringify({ ...good, decoder: { type: 'Rot13' } }),
      'not a tokenizer this version knows (Unknown Decoder type: Rot13)',
    ],
  ];
  it.each(cases)('%s is one clear error', (_, json, expected) => {
    expect(() => createTokenizer(json, 'tok')).toThrow(new TokenizerError(`tok: ${expected}`));
  });

  it('is a TokenizerError that keeps its cause', () => {
    const broken = JSON.stringify({ ...good, model: { ...good.model, merges: 3 } });
    for (const [json, cause] of [
      ['{', SyntaxError],
      [broken, TypeError],
    ] as const) {
      try {
        createTokenizer(json, 'tok');
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(TokenizerError);
        expect((error as Error).name).toBe('TokenizerError');
        expect((error as Error).cause).toBeInstanceOf(cause);
      }
    }
  });
});
