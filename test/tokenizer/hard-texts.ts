/**
 * Texts that crowd around what breaks tokenizers.
 */
import fc from 'fast-check';
import { withoutListed } from './unicode-versions.ts';

const spaces = fc.nat({ max: 40 }).map((count) => ' '.repeat(count)); // GPT-NeoX has tokens of 2 … 24 spaces
const whiteSpace = fc.constantFrom(
  ...['\n', '\n\n', '\r\n', ' \n', '\n ', '\t', '\v', '\f', '\u0085', '\u00a0', '\u1680', '\u2003', '\u2028', '\u3000'],
  ...['\ufeff', '\u180e', '\u200b', '\u2060', '\u001c', '\u001f'], // not White_Space, each taken for it somewhere
);
const controls = fc.constantFrom('\0', '\x01', '\b', '\x1b', '\x7f', '\u0080', '\u009f', '\u200e', '\u202e', '\ufffe');
const digits = fc.string({ unit: fc.constantFrom(...'0123456789', '½', '²', 'Ⅷ', '٣', '０', '𝟗'), maxLength: 7 });
const apostrophes = fc.constantFrom(
  ...["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", '’s', "''s", "don't", "I'm", "'", "'l", " 's"],
);
const special = fc.constantFrom(
  ...['<|endoftext|>', '<|padding|>', '<|endoftext', '|>', '<|', '<|endoftext|><|endoftext|>', '<|end oftext|>'],
);
const words = fc.constantFrom(
  ...[
    'the',
    ' the',
    'The',
    'Mamba',
    ' Turing',
    ' perspective',
    'ing',
    'naïve',
    'ß',
    'ſ',
    'İ',
    'ﬁ',
    'Ünïcödé',
    'Привет',
  ],
  ...['שלום', 'مرحبا', 'नमस्ते', '中文', '日本語', '한국어', '。', '、', 'ไทย', '𠀀'],
);
const punctuation = fc.constantFrom(
  '.',
  ',',
  '...',
  '!?',
  '--',
  '_',
  '#',
  '$',
  '"',
  '(',
  ' .',
  '\\',
  '{}',
  '«',
  '…',
  '¿',
);
const emoji = fc.constantFrom('😀', '👩‍👩‍👧', '🏳️‍🌈', '👍🏽', '🇩🇪', '🇩', '☕️', '\ufe0f', '\u200d', '🏴󠁧󠁢󠁥󠁮󠁧󠁿');
/** Composed, decomposed, in the wrong order, excluded from composition, one to many. */
const combining = fc.constantFrom(
  ...[
    'é',
    'e\u0301',
    '\u0301',
    'ạ̈',
    'a\u0308\u0323',
    'a\u0323\u0308',
    '\u0344',
    '\u212b',
    '\u2126',
    '\u0958',
    '\u0f73',
  ],
  ...[
    '\uFB1D',
    '\u1e9b\u0323',
    '\u0345\u0334',
    '\u0338',
    '<\u0338',
    '각',
    '\u1100\u1161\u11a8',
    '가\u11a8',
    '\u1161',
    '豈',
  ],
);
const surrogates = fc.constantFrom('\ud83d', '\ude00', '\ud800', '\udfff', '\udbff');
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'e', 'r', 'E'), maxLength: 60 }),
);

const part = fc.oneof(
  { weight: 3, arbitrary: spaces },
  { weight: 3, arbitrary: whiteSpace },
  { weight: 3, arbitrary: words },
  ...[controls, digits, apostrophes, special, punctuation, emoji, combining, surrogates, anything].map((arbitrary) => ({
    arbitrary,
    weight: 2,
  })),
);

export const hardTexts = fc.array(part, { maxLength: 14 }).map((parts) => withoutListed(parts.join('')));

/** What has broken before. */
export const brokenOnce = [
  ...["\ufeff's", "\u0085's", '  \ufeff', '  \u0085 ', ' \n\ufeff', '\u2003\u2003\u0085'],
  ...['a\ud83d\ude00', '\ud83d', '<|endoftext|>', '', ' '.repeat(25)],
];

/** A token or two of everything above, for a vocabulary that has some of each. */
export const sample = [
  "don't I'm you'll we've they're he'd she's The perspective of Mamba, naïve Turing; Ünïcödé Привет שלום مرحبا नमस्ते",
  '中文 日本語 한국어 ไทย 。、 😀 👩‍👩‍👧 🏳️‍🌈 👍🏽 ☕️ é e\u0301 \u0301 각 0 12 345 2024 ½ ² ... !? -- …',
  ' \n \n\n \r\n\r\n \t\t \u00a0\u00a0 \u2003\u2003 \u3000\u3000  \ufeff \u200b  \u2028 \u0085 endoftext ending',
].join('');
