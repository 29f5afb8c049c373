/**
 * JSON as RFC 8259 has it, and not one bit more. JSON.parse keeps the last of two equal keys and says nothing, and lets
 * a key `__proto__` meet objects' prototypes; here objects are Maps, and a key that stands twice is an error.
 */
import { quote } from './checkpoint-error.ts';
import type { Cursor } from './json-token.ts';
import { parseNumber, parseString, problemAt, skipSpace, take, unexpected } from './json-token.ts';

export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonOptions {
  /** Refuse numbers written with a fraction or an exponent, as a header of sizes and offsets must. Default false. */
  readonly integersOnly?: boolean;
}

/** Deeper nesting is refused, so that no text can exhaust the stack. */
const deepest = 64;

/**
 * Parses one JSON value.
 * @param file what errors call the text
 * @throws CheckpointError with line and column when the text is not JSON, repeats a key, nests deeper than 64 levels or
 * escapes half of a surrogate pair
 */
export function parseJson(text: string, file: string, options: JsonOptions = {}): Json {
  const cursor: Cursor = { text, file, integersOnly: options.integersOnly ?? false, at: 0 };
  skipSpace(cursor);
  const value = parseValue(cursor, 0);
  skipSpace(cursor);
  if (cursor.at < text.length) throw unexpected(cursor, 'the end of the text');
  return value;
}

function parseValue(cursor: Cursor, depth: number): Json {
  if (depth > deepest) throw problemAt(cursor, cursor.at, `expected at most ${deepest} levels of nesting, got more`);
  switch (cursor.text[cursor.at]) {
    case '{':
      return parseObject(cursor, depth);
    case '[':
      return parseArray(cursor, depth);
    case '"':
      return parseString(cursor);
  }
  if (take(cursor, 'true')) return true;
  if (take(cursor, 'false')) return false;
  if (take(cursor, 'null')) return null;
  return parseNumber(cursor);
}

function parseObject(cursor: Cursor, depth: number): JsonObject {
  const object = new Map<string, Json>();
  cursor.at++;
  skipSpace(cursor);
  if (take(cursor, '}')) return object;
  do {
    skipSpace(cursor);
    const start = cursor.at;
    if (cursor.text[start] !== '"') throw unexpected(cursor, 'a key in quotes');
    const key = parseString(cursor);
    if (object.has(key)) throw problemAt(cursor, start, `expected different keys, got ${quote(key)} twice`);
    skipSpace(cursor);
    if (!take(cursor, ':')) throw unexpected(cursor, '":"');
    skipSpace(cursor);
    object.set(key, parseValue(cursor, depth + 1));
    skipSpace(cursor);
  } while (take(cursor, ','));
  if (!take(cursor, '}')) throw unexpected(cursor, '"," or "}"');
  return object;
}

function parseArray(cursor: Cursor, depth: number): readonly Json[] {
  const array: Json[] = [];
  cursor.at++;
  skipSpace(cursor);
  if (take(cursor, ']')) return array;
  do {
    skipSpace(cursor);
    array.push(parseValue(cursor, depth + 1));
    skipSpace(cursor);
  } while (take(cursor, ','));
  if (!take(cursor, ']')) throw unexpected(cursor, '"," or "]"');
  return array;
}

/** A value as an error may show it, cut when long. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (value instanceof Map) return 'an object';
  if (!Array.isArray(value)) return Object.is(value, -0) ? '-0' : String(value);
  const shown = value.slice(0, longestList).map(describe);
  return `[${shown.join(', ')}${value.length > longestList ? ', …' : ''}]`;
}

/** Most elements of a list that an error shows. */
const longestList = 8;
