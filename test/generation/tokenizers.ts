/** Small tokenizers for the tests: the embedded byte-level one, and definitions made here. */
import { readFileSync } from 'node:fs';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';

export const byteTokenizerJson = readFileSync(
  new URL('../../models/tiny-shakespeare/tokenizer.json', import.meta.url),
  'utf8',
);

/** The embedded model's: token ids are the bytes of the UTF-8 text. */
export const byteTokenizer: Tokenizer = createTokenizer(byteTokenizerJson, 'tokenizer.json');

/** The byte-level definition with more added tokens. */
export function withAddedTokens(added: readonly { id: number; content: string; special: boolean }[]): string {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return JSON.stringify({ ...JSON.parse(byteTokenizerJson), added_tokens: added.map((a) => ({ ...a, ...flags })) });
}

/** Words with "▁" for the space before them, which is dropped in front of the first word: sentencepiece's way. */
export const wordTokenizer: Tokenizer = createTokenizer(
  JSON.stringify({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
    model: {
      type: 'WordPiece',
      unk_token: '<unk>',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: { '<unk>': 0, '▁to': 1, '▁be': 2, '▁or': 3, '▁not': 4, ',': 5 },
    },
  }),
  'words',
);
