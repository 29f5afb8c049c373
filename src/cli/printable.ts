/**
 * Text from elsewhere as a terminal may get it.
 */

/** Control characters, and those that turn the direction of the text around. */
const dangerous = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * One line, in which nothing moves a cursor, sets a colour or a title: new lines become spaces, other control characters
 * are written as \u001b. Names of files and models may hold any of them.
 */
export function printable(text: string): string {
  return text
    .replace(/\r?\n/g, ' ')
    .replace(dangerous, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
