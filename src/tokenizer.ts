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
   * @throws TokenizerError for text outside the vocabulary of a tokenizer without unk token
   */
  encode(text: string, options?: { readonly specialTokens?: boolean }): number[];
  /**
   * The text of the ids, special tokens spelled out; bytes that are not UTF-8 become U+FFFD. No ids are the empty text.
   * @throws RangeError for an id outside 0…size − 1
   */
  decode(ids: ArrayLike<number>): string;
}

/** A tokenizer.json that cannot be used, or not for this text. */
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
      const tokenizer = specialTokens ? complete : plain;
      const { ids, unknown } = encodeText(tokenizer, text);
      if (unknown === undefined) return ids;
      const got = describeText(unknown === '' ? unknownCharacter(tokenizer, text) : unknown);
      throw new TokenizerError(`${name}: expected only text of its vocabulary (it has no unk token), got ${got}`);
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
  readonly model: {
    readonly type?: unknown;
    readonly vocab: Readonly<Record<string, unknown>> | readonly unknown[];
    readonly unk_token?: unknown;
  };
  readonly added_tokens?: readonly { readonly id?: unknown; readonly content?: unknown; readonly special?: unknown }[];
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

function build(definition: Definition, name: string): HuggingFaceTokenizer {
  const marked = markUnknown(definition);
  const { unk_token } = marked.model; // for models of words, which look for it here only
  try {
    return new HuggingFaceTokenizer(marked, { clean_up_tokenization_spaces: false, unk_token });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenizerError(`${name}: not a tokenizer this version knows (${reason})`, { cause });
  }
}

/** Where there is no unk token the library drops what a BPE does not know. An empty one, without an id, shows it. */
function markUnknown(definition: Definition): Definition {
  const { model, added_tokens = [] } = definition;
  const { type, vocab, unk_token: unk } = model;
  const known = typeof unk === 'string' && (Object.hasOwn(vocab, unk) || added_tokens.some((t) => t.content === unk));
  if (known || !(type === 'BPE' || Object.hasOwn(model, 'unk_token'))) return definition;
  return { ...definition, model: { ...model, unk_token: '' } };
}

/** The ids; `unknown` is the first token without one: the text it stands for, or '' when the model does not say. */
function encodeText(tokenizer: HuggingFaceTokenizer, text: string): { ids: number[]; unknown: string | undefined } {
  const { ids, tokens }: { ids: number[]; tokens: string[] } = tokenizer.encode(text, { add_special_tokens: false });
  const at = ids.findIndex((id) => typeof id !== 'number');
  return { ids, unknown: at < 0 ? undefined : (tokens[at] ?? '') };
}

/** The first unknown character of a text that holds one, by halving: the first half that is unknown, again and again. */
function unknownCharacter(tokenizer: HuggingFaceTokenizer, text: string): string {
  const isKnown = (part: readonly string[]) => encodeText(tokenizer, part.join('')).unknown === undefined;
  let part = splitText(tokenizer, text);
  while (part.length > 1) {
    const half = Math.ceil(part.length / 2);
    const [left, right] = [part.slice(0, half), part.slice(half)];
    part = isKnown(left) ? right : left;
    if (part === right && isKnown(right)) break; // only together are they unknown: the second one is named
  }
  return String.fromCodePoint(part[0]!.codePointAt(0)!);
}

/** Characters, and added tokens in one piece: their characters alone may be unknown. */
function splitText(tokenizer: HuggingFaceTokenizer, text: string): readonly string[] {
  const added = Array.from(tokenizer.get_added_tokens_decoder().values(), ({ content }) => content);
  const longestFirst = added.filter((content) => content !== '').sort((p, q) => q.length - p.length);
  const escaped = longestFirst.map((content) => content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text.match(new RegExp([...escaped, '.'].join('|'), 'gsu')) ?? [];
}

/** `"é" (U+00E9)`, or a longer text in quotes alone. */
function describeText(text: string): string {
  const [code, ...others] = Array.from(text, (character) => character.codePointAt(0)!.toString(16).toUpperCase());
  return JSON.stringify(text) + (others.length > 0 ? '' : ` (U+${code?.padStart(4, '0')})`);
}
