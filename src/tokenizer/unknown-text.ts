/**
 * Which text a tokenizer does not know: for people, who want to see the character.
 */
import type { Library } from './library.ts';
import { encodeText } from './library.ts';

/** The first unknown character of a text that holds one, by halving: the first half that is unknown, again and again. */
export function unknownCharacter(library: Library, text: string): string {
  const isKnown = (part: readonly string[]) => encodeText(library, part.join('')).unknown === undefined;
  let part = splitText(library, text);
  while (part.length > 1) {
    const half = Math.ceil(part.length / 2);
    const [left, right] = [part.slice(0, half), part.slice(half)];
    part = isKnown(left) ? right : left;
    if (part === right && isKnown(right)) break; // only together are they unknown: the second one is named
  }
  return String.fromCodePoint(part[0]!.codePointAt(0)!);
}

/** Characters, and added tokens in one piece: their characters alone may be unknown. */
function splitText(library: Library, text: string): readonly string[] {
  const added = Array.from(library.get_added_tokens_decoder().values(), ({ content }) => content);
  const longestFirst = added.filter((content) => content !== '').sort((p, q) => q.length - p.length);
  const escaped = longestFirst.map((content) => content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text.match(new RegExp([...escaped, '.'].join('|'), 'gsu')) ?? [];
}

/** `"é" (U+00E9)`, or a longer text in quotes alone. */
export function describeText(text: string): string {
  const [code, ...others] = Array.from(text, (character) => character.codePointAt(0)!.toString(16).toUpperCase());
  return JSON.stringify(text) + (others.length > 0 ? '' : ` (U+${code?.padStart(4, '0')})`);
}
