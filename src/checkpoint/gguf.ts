/**
 * GGUF, ggml's format of one file: metadata, the list of the tensors, their data, aligned.
 *
 *   "GGUF" · u32 version · u64 tensors · u64 pairs · (key · type · value)* · (name · sizes · type · offset)* · data
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Versions 2 and 3, little-endian.
 */
import type { ByteCursor } from './byte-cursor.ts';
import { byteCursor, readU32, readU64 } from './byte-cursor.ts';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { GgufValue } from './gguf-metadata.ts';
import { readMetadata } from './gguf-metadata.ts';
import { readGgufTensors } from './gguf-tensors.ts';
import { describe } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** An opened file: what it says before its data. */
export interface Gguf extends TensorFile {
  /** Numbers, booleans and texts. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** Those that were asked for; of the others, the vocabulary say, only the names. */
  readonly lists: ReadonlyMap<string, readonly GgufValue[]>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Bytes read at first: more than most vocabularies have. Where they do not suffice, four times as many are read. */
const firstRead = 2 ** 20;
/** Most bytes before the data. */
const longestHead = 2 ** 28;

/**
 * Reads what stands before the data; no tensor is read.
 * @param lists keys of lists that are kept
 * @throws CheckpointError (as a rejection) when the file is not a whole, well-formed GGUF file of supported types
 */
export async function openGguf(source: ByteSource, lists: ReadonlySet<string> = new Set()): Promise<Gguf> {
  const most = Math.min(source.size, longestHead);
  for (let length = Math.min(most, firstRead); ; length = Math.min(most, 4 * length)) {
    const head = await source.read(0, length);
    try {
      return readHead(source, head, lists);
    } catch (error) {
      if (!(error instanceof HeadEnds)) throw error;
      if (length < most) continue;
      const got = length < source.size ? `more than ${longestHead} bytes of it` : 'the end; the file is cut short';
      throw new CheckpointError({ file: source.name }, `expected its list of tensors to go on, got ${got}`);
    }
  }
}

/** The bytes read so far end inside the head. Never leaves this file. */
class HeadEnds extends Error {}

function readHead(source: ByteSource, head: Uint8Array, wanted: ReadonlySet<string>): Gguf {
  const { name: file } = source;
  const cursor = byteCursor(head, () => new HeadEnds());
  checkMagic(cursor, file);
  const tensorCount = readU64(cursor);
  const pairs = readU64(cursor);
  const { metadata, lists } = readMetadata(cursor, file, pairs, wanted);
  const tensors = readGgufTensors(cursor, source, tensorCount, alignmentOf(metadata, file));
  return { name: file, dialect: 'gguf', metadata, lists, tensors };
}

function checkMagic(cursor: ByteCursor, file: string): void {
  const magic = readU32(cursor);
  if (magic !== 0x46554747) throw new CheckpointError({ file }, 'expected a file that begins with "GGUF", got another');
  const version = readU32(cursor);
  if (version === 2 || version === 3) return;
  const got = version > 0xffff ? 'a big-endian file' : `version ${version}`;
  throw new CheckpointError({ file }, `expected GGUF of version 2 or 3, got ${got}`);
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, file: string): number {
  const value = metadata.get('general.alignment') ?? 32;
  if (typeof value === 'number' && value >= 1 && value <= 2 ** 16 && Number.isInteger(Math.log2(value))) return value;
  throw new CheckpointError(
    { file },
    `"general.alignment" expected a power of two up to 65536, got ${describe(value)}`,
  );
}
