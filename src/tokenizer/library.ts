/**
 * @huggingface/tokenizers, the only place that calls it: made from a definition, told to show what it does not know and
 * what is white space.
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { useWhiteSpace } from './byte-level.ts';
import type { Definition } from './definition.ts';
import { TokenizerError } from './tokenizer-error.ts';

export type Library = HuggingFaceTokenizer;

/** @throws TokenizerError when the library does not know such a tokenizer */
export function buildLibrary(definition: Definition, name: string): Library {
  const marked = markUnknown(definition);
  const { unk_token } = marked.model; // for models of words, which look for it here only
  try {
    const library = new HuggingFaceTokenizer(marked, { clean_up_tokenization_spaces: false, unk_token });
    useWhiteSpace(library.pre_tokenizer);
    return library;
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
export function encodeText(library: Library, text: string): { ids: number[]; unknown: string | undefined } {
  const { ids, tokens }: { ids: number[]; tokens: string[] } = library.encode(text, { add_special_tokens: false });
  const at = ids.findIndex((id) => typeof id !== 'number');
  return { ids, unknown: at < 0 ? undefined : (tokens[at] ?? '') };
}
