/**
 * Text ↔ token ids: @huggingface/tokenizers behind one small type.
 *
 * Two of the library's defaults are turned off, because they change what the user wrote: its clean-up of spaces after
 * decoding, and special tokens inside plain text (a "<|endoftext|>" that a user types is thirteen characters, not the
 * end of the text).
 */
import { expectSize } from './reference/shapes.ts';
import { largestId, parseDefinition } from './tokenizer/definition.ts';
import { buildLibrary, encodeText } from './tokenizer/library.ts';
import { cutsOf, cutText } from './tokenizer/pieces.ts';
import { TokenizerError } from './tokenizer/tokenizer-error.ts';
import { describeText, unknownCharacter } from './tokenizer/unknown-text.ts';

export { TokenizerError } from './tokenizer/tokenizer-error.ts';

export interface Tokenizer {
  /** Every id a model may emit is below this: the largest id + 1, added tokens included. */
  readonly size: number;
  /**
   * The ids of a text; no bos or eos is added. Half surrogate pairs become U+FFFD, as in UTF-8.
   * With `specialTokens`, the spelling of a special token in the text means that token.
   * Time and memory grow linearly with the text (measured: 2 s a megabyte).
   * @throws TokenizerError for text outside the vocabulary of a tokenizer without unk token
   */
  encode(text: string, options?: { readonly specialTokens?: boolean }): number[];
  /**
   * The text in pieces of some `length` characters, so that encoding can pause between them: the ids of the pieces, end
   * to end, are those of the text. Where no safe cut is known a piece is as long as it takes, up to the whole text.
   */
  pieces(text: string, length: number): Iterable<string>;
  /**
   * The text of the ids, special tokens spelled out; bytes that are not UTF-8 become U+FFFD. No ids are the empty text.
   * @throws RangeError for an id outside 0…size − 1
   */
  decode(ids: ArrayLike<number>): string;
}

/**
 * Makes a tokenizer from the text of a tokenizer.json.
 * @param name what errors call it, a file name say
 * @throws TokenizerError when it is not JSON, or not a tokenizer the library knows
 */
export function createTokenizer(tokenizerJson: string, name: string): Tokenizer {
  const definition = parseDefinition(tokenizerJson, name);
  const size = 1 + largestId(definition, name);
  const added = definition.added_tokens ?? [];
  const complete = buildLibrary({ ...definition, added_tokens: added }, name);
  const plain = added.some((token) => token.special === true)
    ? buildLibrary({ ...definition, added_tokens: added.filter((token) => token.special !== true) }, name)
    : complete;
  const cuts = cutsOf(definition);

  return {
    size,
    encode(text, { specialTokens = false } = {}) {
      const library = specialTokens ? complete : plain;
      const { ids, unknown } = encodeText(library, text);
      if (unknown === undefined) return ids;
      const got = describeText(unknown === '' ? unknownCharacter(library, text) : unknown);
      throw new TokenizerError(`${name}: expected only text of its vocabulary (it has no unk token), got ${got}`);
    },
    pieces(text, length) {
      expectSize('length', length, 1);
      return cutText(text, length, cuts);
    },
    decode(ids) {
      const list = Array.from(ids);
      for (const id of list) {
        if (!(Number.isInteger(id) && id >= 0 && id < size)) {
          throw new RangeError(`"ids" expected integers in 0…${size - 1}, got ${id}`);
        }
      }
      // The library refuses an empty list.
      return list.length === 0 ? '' : complete.decode(list, { clean_up_tokenization_spaces: false });
    },
  };
}
