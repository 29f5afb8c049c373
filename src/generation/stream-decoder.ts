/**
 * Text from ids, one at a time, without ever showing half a UTF-8 character.
 *
 * A token may end in the middle of a character: its bytes decode to U+FFFD until the rest has come, or for ever when
 * the rest never comes. So U+FFFD at the end of the text is held back, and everything before it is final.
 */
import type { Tokenizer } from '../tokenizer.ts';

export interface StreamDecoder {
  /** Takes the next id and returns the text that is final because of it, possibly none. */
  push(id: number): string;
  /** The text still held back when no more ids come. */
  end(): string;
}

/** Tokens decoded again for their context once the window is cut: more than a character's bytes, by far. */
const keep = 16;
const limit = 2 * keep;

/**
 * Law: for every list of ids, the pieces of all pushes and of `end` joined are `tokenizer.decode(ids)`.
 *
 * At most three U+FFFD are held back: a character has four bytes, so three can be missing their last one, and some
 * decoders show one U+FFFD a byte. Only the last tokens are decoded again. Cutting a window in the middle of a
 * character spoils its first characters only, long shown, because three bytes determine what UTF-8 still expects.
 *
 * @param context ids before the first pushed one, the prompt's say: their text is not repeated, but some tokenizers
 *   drop the space in front of the very first token
 */
export function createStreamDecoder(tokenizer: Tokenizer, context: readonly number[] = []): StreamDecoder {
  let window = context.slice(-keep);
  let shown = tokenizer.decode(window).length; // UTF-16 units of the window's text
  let heldBack = '';
  return {
    push(id) {
      window.push(id);
      const text = tokenizer.decode(window);
      const final = Math.max(shown, text.length - replacementsAtEnd(text));
      const piece = text.slice(shown, final);
      heldBack = text.slice(final);
      shown = final;
      if (window.length === limit) {
        window = window.slice(-keep);
        shown = tokenizer.decode(window).length - heldBack.length;
      }
      return piece;
    },
    end() {
      const piece = heldBack;
      heldBack = '';
      return piece;
    },
  };
}

/** How many U+FFFD, at most three, stand at the end. */
function replacementsAtEnd(text: string): number {
  let count = 0;
  while (count < 3 && text.at(-1 - count) === '\uFFFD') count++;
  return count;
}
