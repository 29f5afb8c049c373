/**
 * Every assigned character against the Rust tokenizers: the words it belongs to, and NFC.
 */
import { byteLevelPreTokenizer, nfcNormalizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { byteLevelWords } from '../../src/tokenizer/byte-level.ts';
import { listedCharacters } from './unicode-versions.ts';

describe('every character', () => {
  const rustWords = byteLevelPreTokenizer(false);
  const rustNfc = nfcNormalizer();

  /** Lengths in bytes, which Rust writes as characters; beside a letter, a number, a symbol and a contraction. */
  function sameWords(characters: readonly string[]): boolean {
    const text = characters.map((c) => `a${c}1${c}.${c}'s\n`).join('');
    const ours = text.match(byteLevelWords)!.map((word) => Buffer.byteLength(word));
    const rusts = rustWords.preTokenizeString(text).map(([word]) => [...word].length);
    return ours.join() === rusts.join();
  }

  /** Alone, taken apart, between marks of the last and of the first class, and behind a composed letter. */
  function sameNfc(characters: readonly string[]): boolean {
    const forms = (c: string) => [c, c.normalize('NFD'), `x\u0345${c}\u0334`, `x${c}\u0334\u0345`, `e\u0301${c}`];
    const text = characters.flatMap(forms).join('\n');
    return text.normalize('NFC') === rustNfc.normalizeString(text);
  }

  function differing(characters: readonly string[]): readonly string[] {
    if (sameWords(characters) && sameNfc(characters)) return [];
    if (characters.length === 1) return characters;
    const half = characters.length / 2;
    return [...differing(characters.slice(0, half)), ...differing(characters.slice(half))];
  }

  test('belongs to the same words and has the same NFC, but for those that only one Unicode version knows', () => {
    const skipped = new Set(listedCharacters);
    const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => !skipped.has(code));
    const characters = codes.map((code) => String.fromCodePoint(code)).filter((c) => /[^\p{Cn}\p{Co}\p{Cs}]/u.test(c));
    expect(characters.length).toBeGreaterThan(150_000);
    for (let start = 0; start < characters.length; start += 256) {
      expect(differing(characters.slice(start, start + 256))).toEqual([]);
    }
    if (process.versions.unicode !== '17.0') return; // of which the list is: elsewhere it may be too long
    const listed = listedCharacters.map((code) => String.fromCodePoint(code));
    expect(listed.filter((character) => differing([character]).length === 0)).toEqual([]);
  });
});
