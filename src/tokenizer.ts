/**
 * Text ↔ token ids: @huggingface/tokenizers behind one small type.
 *
 * Two of the library's defaults are turned off, because they change what the user wrote: its clean-up of spaces after
 * decoding, and special tokens inside plain text (a "<|endoftext|>" that a user types is thirteen characters, not the
 * end of the text).
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';

export interface Tokenizer {
  /** Every id a model may emit is below this: the largest id + 1, added tokens included. */
  readonly size: number;
  /**
   * The ids of a text; no bos or eos is added. Half surrogate pairs become U+FFFD, as in UTF-8.
   * With `specialTokens`, the spelling of a special token in the text means that token.
   * Time and memory grow linearly with the text (measured: 2 s a megabyte).
   */
  encode(text: string, options?: { readonly specialTokens?: boolean }): number[];
  /**
   * The text of the ids, special tokens spelled out; bytes that are not UTF-8 become U+FFFD. No ids are the empty text.
   * @throws RangeError for an id outside 0…size − 1
   */
  decode(ids: ArrayLike<number>): string;
}

/** A tokenizer.json that cannot be used. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
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
  const complete = build({ ...definition, added_tokens: added }, name);
  const plain = added.some((token) => token.special === true)
    ? build({ ...definition, added_tokens: added.filter((token) => token.special !== true) }, name)
    : complete;

  return {
    size,
    encode(text, { specialTokens = false } = {}) {
      return (specialTokens ? complete : plain).encode(text, { add_special_tokens: false }).ids;
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

/** The parts of a tokenizer.json that are read here; the library reads the rest. */
interface Definition {
  readonly model: { readonly vocab: Readonly<Record<string, unknown>> | readonly unknown[] };
  readonly added_tokens?: readonly { readonly id?: unknown; readonly special?: unknown }[];
}

function parseDefinition(tokenizerJson: string, name: string): Definition {
  let definition: unknown;
  try {
    definition = JSON.parse(tokenizerJson);
  } catch (cause) {
    throw new TokenizerError(`${name}: expected JSON, got ${JSON.stringify(tokenizerJson.slice(0, 20))}`, { cause });
  }
  if (!isRecord(definition) || !isRecord(definition.model)) {
    throw new TokenizerError(`${name}: expected an object with a "model", got none`);
  }
  if (typeof definition.model.vocab !== 'object' || definition.model.vocab === null) {
    throw new TokenizerError(`${name}: expected "model.vocab" to be an object or a list, got none`);
  }
  const added = definition.added_tokens ?? [];
  if (!Array.isArray(added) || !added.every(isRecord)) {
    throw new TokenizerError(`${name}: expected "added_tokens" to be a list of objects`);
  }
  return definition as unknown as Definition;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Unigram vocabularies are lists, a token's place its id; all others map a token to its id. */
function largestId({ model, added_tokens = [] }: Definition, name: string): number {
  const ids = Array.isArray(model.vocab) ? [...model.vocab.keys()] : Object.values(model.vocab);
  let largest = -1;
  for (const id of [...ids, ...added_tokens.map((token) => token.id)]) {
    if (!(typeof id === 'number' && Number.isInteger(id) && id >= 0)) {
      throw new TokenizerError(`${name}: expected every token's id to be an integer ≥ 0, got ${JSON.stringify(id)}`);
    }
    largest = Math.max(largest, id);
  }
  if (largest < 0) throw new TokenizerError(`${name}: expected at least one token, got none`);
  return largest;
}

function build(definition: object, name: string): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(definition, { clean_up_tokenization_spaces: false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenizerError(`${name}: not a tokenizer this version knows (${reason})`, { cause });
  }
}
