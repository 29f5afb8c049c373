/**
 * The smallest parts of JSON, RFC 8259 §§6–7: strings, numbers, words and the space between them, read at a cursor.
 * Loops over characters, no regular expressions: these recurse, and a header may hold 100 million characters.
 */
import { CheckpointError, quote } from './checkpoint-error.ts';

export interface Cursor {
  readonly text: string;
  /** What errors call the text. */
  readonly file: string;
  /** Refuse numbers with a fraction or an exponent. */
  readonly integersOnly: boolean;
  at: number;
}

/** Steps over `token` if it stands here. */
export function take(cursor: Cursor, token: string): boolean {
  const here = cursor.text.startsWith(token, cursor.at);
  if (here) cursor.at += token.length;
  return here;
}

export function skipSpace(cursor: Cursor): void {
  while (isSpace(cursor.text[cursor.at])) cursor.at++;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** A string in quotes. Half of a surrogate pair, which UTF-8 cannot write, is refused as an escape too. */
export function parseString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  const parts: string[] = [];
  let from = ++cursor.at;
  while (text[cursor.at] !== '"') {
    if (cursor.at >= text.length) throw unexpected(cursor, 'the closing quote of a string');
    if (text[cursor.at]! < ' ') throw unexpected(cursor, 'control characters in a string to be escaped');
    if (text[cursor.at] === '\\') {
      parts.push(text.slice(from, cursor.at), parseEscape(cursor));
      from = cursor.at;
    } else cursor.at++;
  }
  const value = parts.join('') + text.slice(from, cursor.at++);
  if (/\p{Surrogate}/u.test(value)) {
    throw problemAt(cursor, start, 'expected surrogates in pairs, got half of a pair');
  }
  return value;
}

function parseEscape(cursor: Cursor): string {
  const { text, at: start } = cursor;
  const letter = text[start + 1] ?? '';
  if (letter === 'u') {
    const digits = text.slice(start + 2, start + 6);
    if (!/[0-9a-fA-F]{4}/.test(digits)) throw problemAt(cursor, start, 'expected \\u and four hexadecimal digits');
    cursor.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  if (!Object.hasOwn(escapes, letter)) throw problemAt(cursor, start, `expected an escape of JSON, got "\\${letter}"`);
  cursor.at += 2;
  return escapes[letter]!;
}

/** A number: minus, integer without leading zeros, fraction, exponent; all but the integer may be absent. */
export function parseNumber(cursor: Cursor): number {
  const { text, at: start } = cursor;
  take(cursor, '-');
  if (!take(cursor, '0')) expectDigits(cursor, start);
  const integerEnd = cursor.at;
  if (take(cursor, '.')) expectDigits(cursor, start);
  if (take(cursor, 'e') || take(cursor, 'E')) {
    if (!take(cursor, '+')) take(cursor, '-');
    expectDigits(cursor, start);
  }
  const digits = text.slice(start, cursor.at);
  if (cursor.integersOnly && cursor.at > integerEnd) {
    throw problemAt(cursor, start, `expected an integer without fraction or exponent, got ${digits}`);
  }
  return Number(digits);
}

/** One digit or more. `start` is where the number began. */
function expectDigits(cursor: Cursor, start: number): void {
  const first = cursor.at;
  while (isDigit(cursor.text[cursor.at])) cursor.at++;
  if (cursor.at > first) return;

  const word = bareWords.find((candidate) => cursor.text.startsWith(candidate, first));
  if (word !== undefined) {
    const got = `the bare word ${word}, which JSON does not have (Python writes it, into Mamba-2 configs for example)`;
    throw problemAt(cursor, first, `expected a value, got ${got}`);
  }
  throw unexpected(cursor, first === start ? 'a value' : 'a digit');
}

const bareWords = ['NaN', 'Infinity'];

/** Beyond the end there is undefined, which compares as false. */
function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/** What was expected at the cursor, and the character found there. */
export function unexpected(cursor: Cursor, expected: string): CheckpointError {
  const found = cursor.text.codePointAt(cursor.at);
  const got = found === undefined ? 'the end of the text' : quote(String.fromCodePoint(found));
  return problemAt(cursor, cursor.at, `expected ${expected}, got ${got}`);
}

/** An error at a place of the text, lines and columns counted from 1. */
export function problemAt({ text, file }: Cursor, at: number, problem: string): CheckpointError {
  const lines = text.slice(0, at).split('\n');
  const column = lines.at(-1)!.length + 1;
  return new CheckpointError({ file }, `JSON, line ${lines.length}, column ${column}: ${problem}`);
}
