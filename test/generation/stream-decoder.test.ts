import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamDecoder } from '../../src/generation/stream-decoder.ts';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { byteTokenizer, withAddedTokens, wordTokenizer } from './tokenizers.ts';

const utf8 = (text: string) => [...new TextEncoder().encode(text)];

function pieces(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const decoder = createStreamDecoder(tokenizer);
  return [...ids.map((id) => decoder.push(id)), decoder.end()];
}

/** Bytes that are mostly almost UTF-8: whole characters, cut ones, stray continuations and bytes that never occur. */
const parts = fc.oneof(
  fc.constantFrom('a', 'é', '€', '𝄞', '\uFFFD', '\uFEFF').map(utf8),
  fc.constantFrom([0xc3], [0xe2, 0x82], [0xe2], [0xf0, 0x9d, 0x84], [0xf0, 0x9d], [0xf0], [0xed, 0xa0, 0x80]),
  fc.constantFrom([0x80], [0xbf, 0x80], [0xff], [0xff, 0xff, 0xff, 0xff], [0xc0, 0x80], [0xf5]),
  fc.array(fc.nat(255), { maxLength: 4 }),
);
const bytes = fc.array(parts, { maxLength: 40 }).map((list) => list.flat());

describe('createStreamDecoder', () => {
  it('joined gives the text decoded at once, for any bytes, broken UTF-8 included', () => {
    fc.assert(
      fc.property(bytes, (ids) => {
        expect(pieces(byteTokenizer, ids).join('')).toBe(byteTokenizer.decode(ids));
      }),
    );
  });

  it('shows a character with its last byte, not before and not after', () => {
    expect(pieces(byteTokenizer, utf8('a€𝄞b'))).toEqual(['a', '', '', '€', '', '', '', '𝄞', 'b', '']);
  });

  it('never shows half a character: for text that is UTF-8 no piece holds U+FFFD, and all is shown before the end', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '𝄞', '\uFEFF', '\u0000'), maxLength: 60 });
    fc.assert(
      fc.property(text, (value) => {
        const shown = pieces(byteTokenizer, utf8(value));
        expect(shown.filter((piece) => piece.includes('\uFFFD'))).toEqual([]);
        expect(shown.at(-1)).toBe('');
      }),
    );
  });

  it('holds back at most three U+FFFD, so that bytes without meaning still stream', () => {
    const shown = pieces(byteTokenizer, new Array(100).fill(0xff));
    expect(shown.slice(0, 3)).toEqual(['', '', '']);
    expect(shown.slice(3, 100)).toEqual(new Array(97).fill('\uFFFD'));
    expect(shown.at(-1)).toBe('\uFFFD\uFFFD\uFFFD');
  });

  it('gives what it held back once, at the end', () => {
    const decoder = createStreamDecoder(byteTokenizer);
    expect(decoder.end()).toBe('');
    expect([decoder.push(0x61), decoder.push(0xe2), decoder.push(0x82)]).toEqual(['a', '', '']);
    expect(decoder.end()).toBe('\uFFFD');
    expect(decoder.end()).toBe('');
  });

  it('lets an added token end an unfinished character', () => {
    const tokenizer = createTokenizer(withAddedTokens([{ id: 256, content: '<x>', special: false }]), 'added');
    expect(pieces(tokenizer, [0xe2, 256, 0x82, 256])).toEqual(['', '\uFFFD<x>', '', '\uFFFD<x>', '']);
  });

  it('meets a tokenizer that drops the first space in its tests', () => {
    expect(wordTokenizer.decode([1, 2, 5, 3])).toBe('to be, or');
  });

  it('joined gives the text decoded at once, also where only the first word loses its space', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 80 }), (ids) => {
        expect(pieces(wordTokenizer, ids).join('')).toBe(wordTokenizer.decode(ids));
      }),
    );
  });

  it('after a context continues it, the space of the first word included, however long the context', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }),
        (context, ids) => {
          const decoder = createStreamDecoder(wordTokenizer, context);
          const text = ids.map((id) => decoder.push(id)).join('') + decoder.end();
          expect(wordTokenizer.decode(context) + text).toBe(wordTokenizer.decode([...context, ...ids]));
        },
      ),
    );
  });

  it('does not show the context again when that ends with U+FFFD', () => {
    for (const [id, text] of [
      [0x61, 'a'],
      [0xff, '\uFFFD'],
    ] as const) {
      const decoder = createStreamDecoder(byteTokenizer, utf8('\uFFFD'));
      expect(decoder.push(id) + decoder.end()).toBe(text);
    }
  });

  it('decodes only the last tokens again: never more than 32 at a time', () => {
    const lengths: number[] = [];
    const watched: Tokenizer = {
      ...byteTokenizer,
      decode(ids) {
        lengths.push(ids.length);
        return byteTokenizer.decode(ids);
      },
    };
    const decoder = createStreamDecoder(watched, new Array(100).fill(0x61));
    for (let i = 0; i < 100; i++) decoder.push(0x61);
    expect(Math.max(...lengths)).toBe(32);
  });
});
