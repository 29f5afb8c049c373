/**
 * The metadata of a GGUF file: pairs of a name and a typed value. Lists are checked and stepped over, so that a vocabulary
 * costs no memory, but for those that somebody asks for.
 */
import type { ByteCursor } from './byte-cursor.ts';
import { readI32, readText, readU8, readU16, readU32, readU64, step } from './byte-cursor.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';

export type GgufValue = number | boolean | string;

/** Longest key, as the format has it. */
const longestKey = 2 ** 16 - 1;
/** Longest text that is kept; a chat template has some kilobytes. */
const longestText = 2 ** 20;
/** Deepest list of lists. */
const deepest = 4;

const list = 9;
const text = 8;

interface ScalarType {
  readonly bytes: number;
  readonly read: (cursor: ByteCursor) => number | boolean;
}

/** By the code of the type: those of a fixed size. */
const scalars: ReadonlyMap<number, ScalarType> = new Map<number, ScalarType>([
  [0, { bytes: 1, read: readU8 }],
  [1, { bytes: 1, read: (cursor) => cursor.view.getInt8(step(cursor, 1)) }],
  [2, { bytes: 2, read: readU16 }],
  [3, { bytes: 2, read: (cursor) => cursor.view.getInt16(step(cursor, 2), true) }],
  [4, { bytes: 4, read: readU32 }],
  [5, { bytes: 4, read: readI32 }],
  [6, { bytes: 4, read: (cursor) => cursor.view.getFloat32(step(cursor, 4), true) }],
  [7, { bytes: 1, read: (cursor) => readU8(cursor) !== 0 }],
  [10, { bytes: 8, read: readU64 }],
  [11, { bytes: 8, read: (cursor) => Number(cursor.view.getBigInt64(step(cursor, 8), true)) }],
  [12, { bytes: 8, read: (cursor) => cursor.view.getFloat64(step(cursor, 8), true) }],
]);

export interface GgufMetadata {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly lists: ReadonlyMap<string, readonly GgufValue[]>;
}

/**
 * Reads `pairs` pairs.
 * @param wanted keys of lists that are kept; the others are empty
 * @throws CheckpointError when a key stands twice, or a type is not known
 */
export function readMetadata(
  cursor: ByteCursor,
  file: string,
  pairs: number,
  wanted: ReadonlySet<string>,
): GgufMetadata {
  const metadata = new Map<string, GgufValue>();
  const lists = new Map<string, readonly GgufValue[]>();
  for (let i = 0; i < pairs; i++) {
    const key = readKey(cursor, file);
    if (metadata.has(key) || lists.has(key)) {
      throw new CheckpointError({ file }, `metadata expected different keys, got ${quote(key)} twice`);
    }
    const type = readU32(cursor);
    if (type !== list) metadata.set(key, readValue(cursor, { file, key }, type));
    else lists.set(key, wanted.has(key) ? readList(cursor, { file, key }) : skipList(cursor, { file, key }, 0));
  }
  return { metadata, lists };
}

interface Place {
  readonly file: string;
  readonly key: string;
}

function readKey(cursor: ByteCursor, file: string): string {
  const length = readU64(cursor);
  const key = length <= longestKey ? readText(cursor, length) : undefined;
  if (key !== undefined) return key;
  throw new CheckpointError({ file }, `metadata expected a key in UTF-8 of at most ${longestKey} bytes, got another`);
}

/** A value that is no list. */
function readValue(cursor: ByteCursor, { file, key }: Place, type: number): GgufValue {
  if (type !== text) return scalarType({ file, key }, type).read(cursor);
  const length = readU64(cursor);
  if (length > longestText) {
    const problem = `metadata ${quote(key)} expected a text of at most ${longestText} bytes, got ${length}`;
    throw new CheckpointError({ file }, problem);
  }
  const value = readText(cursor, length);
  if (value !== undefined) return value;
  throw new CheckpointError({ file }, `metadata ${quote(key)} expected text in UTF-8, got bytes that are not`);
}

/** A list of values that are no lists. */
function readList(cursor: ByteCursor, place: Place): readonly GgufValue[] {
  const type = readU32(cursor);
  const length = readU64(cursor);
  const values: GgufValue[] = [];
  for (let i = 0; i < length; i++) values.push(readValue(cursor, place, type)); // ends with the file at the latest
  return values;
}

/** Steps over a list, its type and its length. */
function skipList(cursor: ByteCursor, place: Place, depth: number): readonly [] {
  const type = readU32(cursor);
  const length = readU64(cursor);
  if (type !== list && type !== text) {
    step(cursor, length * scalarType(place, type).bytes);
    return [];
  }
  if (depth === deepest) {
    const problem = `metadata ${quote(place.key)} expected at most ${deepest} lists in each other, got more`;
    throw new CheckpointError({ file: place.file }, problem);
  }
  for (let i = 0; i < length; i++) {
    if (type === text) step(cursor, readU64(cursor));
    else skipList(cursor, place, depth + 1);
  }
  return [];
}

function scalarType({ file, key }: Place, type: number): ScalarType {
  const found = scalars.get(type);
  if (found !== undefined) return found;
  throw new CheckpointError({ file }, `metadata ${quote(key)} expected a type from 0 to 12, got ${type}`);
}
