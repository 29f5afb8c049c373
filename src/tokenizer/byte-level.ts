/**
 * ByteLevel's words: where GPT-2's and GPT-NeoX's tokenizers cut a text before any merge.
 *
 * Both files were made by the Rust tokenizers, whose \s is Unicode's White_Space. JavaScript's \s has U+FEFF besides and
 * lacks U+0085, so the library cuts "\uFEFF's", "  \uFEFF" and "\u0085's" elsewhere, and other ids come out. Here
 * White_Space is spelled out; the rest of the pattern is the library's.
 */
const contraction = `'s|'t|'re|'ve|'m|'ll|'d`;
const run = ' ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+';
/** The last space of a run belongs to the word behind it. */
const space = '\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+';

/** Without state, for `match` alone. */
export const byteLevelWords = new RegExp(`${contraction}|${run}|${space}`, 'gu');

/** As the library builds them: ByteLevel says whether it uses its pattern, a Sequence holds others. */
interface PreTokenizer {
  readonly use_regex?: boolean;
  readonly tokenizers?: readonly (PreTokenizer | null)[];
  pattern?: RegExp;
}

/** Puts White_Space into every ByteLevel step of a pre-tokenizer. */
export function useWhiteSpace(step: PreTokenizer | null): void {
  if (step?.use_regex !== undefined) step.pattern = byteLevelWords;
  step?.tokenizers?.forEach(useWhiteSpace);
}
