/**
 * Where a text may be cut so that the ids of its pieces, end to end, are the ids of the whole.
 *
 * A cut is safe when no part of the tokenizer looks or joins across it: the normalizer, the added tokens, the
 * pre-tokenizer, the merges. Only tokenizers for which that is known are cut; the others get the text in one piece.
 *
 *   'space'     before a space or newline that stands behind something else. The pattern of ByteLevel (GPT-2's) has no
 *               alternative with white space behind other characters, so each of its matches ends there or begins there;
 *               NFC and NFD never join or reorder across a space or newline.
 *   'anywhere'  bytes are tokens and nothing merges them
 */
import type { Definition, Step } from './definition.ts';

export type Cuts = 'space' | 'anywhere' | 'none';

/** White_Space behind something else; JavaScript's \s is another class (byte-level.ts). */
const spaceInside = /\P{White_Space}\p{White_Space}/u;

/** What a definition allows; 'none' where it holds anything not known to be safe. */
export function cutsOf({ normalizer, pre_tokenizer, post_processor, model, added_tokens = [] }: Definition): Cuts {
  if (model.type !== 'BPE' || model.fuse_unk || !keepsEnds(post_processor)) return 'none';
  const added = added_tokens as readonly Step[];
  if (added.some(({ content, lstrip, rstrip }) => lstrip || rstrip || spaceInside.test(String(content)))) return 'none';
  const steps = stepsOf(pre_tokenizer);
  if (isPlainBytes(steps[0]) && steps.length === 1) {
    return normalizer == null && added.length === 0 && mergesNothing(model) ? 'anywhere' : 'none';
  }
  const normalizes = normalizer == null || normalizer.type === 'NFC' || normalizer.type === 'NFD';
  return normalizes && cutsAtSpace(steps) ? 'space' : 'none';
}

/** Nothing, or a template with the text in it once: special tokens are not added here. */
function keepsEnds(step: Step | null | undefined): boolean {
  if (step == null || step.type === 'ByteLevel') return true;
  const single = step.type === 'TemplateProcessing' && Array.isArray(step.single) ? step.single : [];
  return single.filter((item) => 'Sequence' in Object(item)).length === 1;
}

function stepsOf(step: Step | null | undefined): readonly Step[] {
  if (step == null) return [];
  return step.type === 'Sequence' ? ((step.pretokenizers ?? []) as readonly Step[]) : [step];
}

function isByteLevel(step: Step | undefined): boolean {
  return step?.type === 'ByteLevel' && !step.add_prefix_space;
}

/** The whole text as one word of bytes. */
function isPlainBytes(step: Step | undefined): boolean {
  return isByteLevel(step) && step!.use_regex === false;
}

function mergesNothing({ merges, ignore_merges, end_of_word_suffix, continuing_subword_suffix }: Step): boolean {
  const none = Array.isArray(merges) && merges.length === 0;
  return none && !ignore_merges && !end_of_word_suffix && !continuing_subword_suffix;
}

/** Steps before ByteLevel may split by runs of a class; those behind it see words that end at the cut already. */
function cutsAtSpace(steps: readonly Step[]): boolean {
  const at = steps.findIndex((step) => step?.type === 'ByteLevel');
  if (at < 0 || !isByteLevel(steps[at]) || isPlainBytes(steps[at])) return false;
  const allOf = (part: readonly Step[], types: readonly string[]) =>
    part.every((step) => types.includes(String(step?.type)));
  return allOf(steps.slice(0, at), ['Punctuation', 'Digits']) && allOf(steps.slice(at + 1), ['Digits', 'Split']);
}

/** The text in pieces of at least `length` characters, the last one excepted, cut where `cuts` allows it. */
export function* cutText(text: string, length: number, cuts: Cuts): Generator<string> {
  let start = 0;
  while (text.length - start > length && cuts !== 'none') {
    const end = cuts === 'space' ? nextSpace(text, start + length) : wholeCharacter(text, start + length);
    if (end === undefined) break;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

function nextSpace(text: string, from: number): number | undefined {
  const pattern = /\P{White_Space}(?=[ \n])/gu;
  pattern.lastIndex = from - 1; // inside a surrogate pair: the pattern looks at the whole of it
  return pattern.exec(text) === null ? undefined : pattern.lastIndex;
}

/** Behind both halves of a surrogate pair. */
function wholeCharacter(text: string, at: number): number | undefined {
  const end = text.codePointAt(at - 1)! > 0xffff ? at + 1 : at;
  return end < text.length ? end : undefined;
}
