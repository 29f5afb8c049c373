/**
 * What a tokenizer.json says, as far as it is read here; the library reads the rest.
 */
import { TokenizerError } from './tokenizer-error.ts';

/** A part of the definition whose `type` says what it does; null where there is none. */
export type Step = { readonly type?: unknown } & Readonly<Record<string, unknown>>;

export interface Definition {
  readonly normalizer?: Step | null;
  readonly pre_tokenizer?: Step | null;
  readonly post_processor?: Step | null;
  readonly model: Step & {
    readonly vocab: Readonly<Record<string, unknown>> | readonly unknown[];
    readonly unk_token?: unknown;
  };
  readonly added_tokens?: readonly { readonly id?: unknown; readonly content?: unknown; readonly special?: unknown }[];
}

/** @throws TokenizerError when the text is not JSON, or has no model or vocabulary */
export function parseDefinition(tokenizerJson: string, name: string): Definition {
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
export function largestId({ model, added_tokens = [] }: Definition, name: string): number {
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
