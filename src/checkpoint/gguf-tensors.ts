/**
 * The list of a GGUF file's tensors: names, sizes (the contiguous one first), types, and where the data lies.
 */
import type { ByteCursor } from './byte-cursor.ts';
import { readText, readU32, readU64 } from './byte-cursor.ts';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { q8BlockBytes, q8BlockLength } from './q8-0.ts';
import { describe } from './strict-json.ts';
import type { StoredDtype, StoredTensor } from './tensor-file.ts';

/** ggml's own limits. */
const longestName = 64;
const mostAxes = 4;

interface GgufType {
  readonly dtype: StoredDtype;
  /** Numbers in a block, and its bytes. */
  readonly length: number;
  readonly bytes: number;
}

const types: ReadonlyMap<number, GgufType> = new Map<number, GgufType>([
  [0, { dtype: 'F32', length: 1, bytes: 4 }],
  [1, { dtype: 'F16', length: 1, bytes: 2 }],
  [8, { dtype: 'Q8_0', length: q8BlockLength, bytes: q8BlockBytes }],
  [30, { dtype: 'BF16', length: 1, bytes: 2 }],
]);

/** ggml's names of other types, for errors. */
const otherTypes: Readonly<Record<number, string>> = {
  ...{ 2: 'Q4_0', 3: 'Q4_1', 6: 'Q5_0', 7: 'Q5_1', 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 12: 'Q4_K', 13: 'Q5_K' },
  ...{ 14: 'Q6_K', 15: 'Q8_K', 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64' },
};

/** An entry, its data counted from where all data begins. */
type Entry = Omit<StoredTensor, 'source'>;

/**
 * Reads the list; the cursor ends behind it. The data follows, aligned, in the order of the list, without a hole.
 * @throws CheckpointError when an entry is impossible, a name stands twice, or the file is too short for the data
 */
export function readGgufTensors(
  cursor: ByteCursor,
  source: ByteSource,
  count: number,
  alignment: number,
): ReadonlyMap<string, StoredTensor> {
  const { name: file } = source;
  const entries = new Map<string, Entry>();
  let position = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(cursor, file);
    const place = { file, tensor: entry.name };
    if (entries.has(entry.name)) throw new CheckpointError(place, 'expected once, got it twice');
    if (entry.begin !== position) {
      throw new CheckpointError(place, `expected its data at offset ${position}, got ${entry.begin}`);
    }
    entries.set(entry.name, entry);
    position = aligned(entry.end, alignment);
  }
  const dataStart = aligned(cursor.at, alignment);
  const tensors = new Map<string, StoredTensor>();
  for (const { begin, end, ...entry } of entries.values()) {
    if (!(dataStart + end <= source.size)) {
      const problem = `expected its data to end at byte ${dataStart + end}, got a file of ${source.size}; it is cut short`;
      throw new CheckpointError({ file, tensor: entry.name }, problem);
    }
    tensors.set(entry.name, { ...entry, source, begin: dataStart + begin, end: dataStart + end });
  }
  return tensors;
}

function readEntry(cursor: ByteCursor, file: string): Entry {
  const length = readU64(cursor);
  const name = length <= longestName ? readText(cursor, length) : undefined;
  if (name === undefined || name === '__proto__') {
    throw new CheckpointError(
      { file },
      `expected a tensor's name in UTF-8 of at most ${longestName} bytes, got another`,
    );
  }
  const place = { file, tensor: name };
  const axes = readU32(cursor);
  if (axes > mostAxes) throw new CheckpointError(place, `expected at most ${mostAxes} sizes, got ${axes}`);
  const shape = Array.from({ length: axes }, () => readU64(cursor)).reverse();
  const code = readU32(cursor);
  const begin = readU64(cursor);

  const type = types.get(code);
  if (type === undefined) {
    const got = `${otherTypes[code] ?? 'another'} (type ${code})`;
    throw new CheckpointError(place, `expected F32, F16, BF16 or Q8_0, got ${got}`);
  }
  return { name, dtype: type.dtype, shape, begin, end: begin + bytesOf(place, shape, type) };
}

function bytesOf(
  place: { readonly file: string; readonly tensor: string },
  shape: readonly number[],
  { dtype, length, bytes }: GgufType,
): number {
  const numbers = shape.reduce((product, size) => product * size, 1);
  if (!(numbers * bytes < 2 ** 53)) {
    throw new CheckpointError(place, `expected less than 2^53 bytes, got shape ${describe(shape)} of ${dtype}`);
  }
  if ((shape.at(-1) ?? 1) % length === 0) return (numbers / length) * bytes;
  throw new CheckpointError(place, `expected rows of whole blocks of ${length}, got shape ${describe(shape)}`);
}

function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
