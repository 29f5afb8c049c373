/**
 * The safetensors format, strictly: 8 bytes of header length, a JSON header, then the tensors without a gap.
 *
 *   u64 n, little-endian · n bytes of JSON · data
 *   header = { "NAME": { "dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end] }, "__metadata__": { … } }
 *
 * Source: https://github.com/huggingface/safetensors, README, "Format". Whatever the official reader refuses is refused
 * here, and besides: keys that stand twice, fields of no known meaning, a `__metadata__` that is null.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import type { Dtype } from './dtype.ts';
import type { Json, JsonObject } from './strict-json.ts';
import { describe, parseJson } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';
import type { TensorInfo } from './tensor-info.ts';
import { parseTensorInfo } from './tensor-info.ts';

/** An opened file: what its header says, checked against its size. The source stays open and belongs to the caller. */
export interface Safetensors extends TensorFile {
  readonly source: ByteSource;
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/** A tensor of a safetensors file. */
export interface SafetensorsTensor extends StoredTensor {
  readonly dtype: Dtype;
}

/** Bytes before the header. */
const lengthBytes = 8;
/** Longest header that the format allows, in bytes. */
const longestHeader = 100_000_000;

/**
 * Reads and checks the header; no tensor is read.
 * @throws CheckpointError (as a rejection) when the file is not a whole, well-formed safetensors file
 */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  const headerLength = await readHeaderLength(source);
  const text = await readHeaderText(source, headerLength);
  const header = parseJson(text, source.name, { integersOnly: true }) as JsonObject; // it begins with "{"

  const dataStart = lengthBytes + headerLength;
  const tensors: TensorInfo[] = [];
  for (const [name, entry] of header) {
    if (name === '__proto__') {
      throw new CheckpointError(
        { file: source.name, tensor: name },
        'expected another name, got one that changes objects',
      );
    }
    if (name !== '__metadata__') tensors.push(parseTensorInfo({ file: source.name, tensor: name }, entry, dataStart));
  }
  tensors.sort((p, q) => p.begin - q.begin || p.end - q.end);
  checkLayout(source, dataStart, tensors);
  return {
    name: source.name,
    dialect: 'pytorch',
    source,
    metadata: parseMetadata(source.name, header.get('__metadata__')),
    tensors: new Map(tensors.map((tensor) => [tensor.name, { ...tensor, source }])),
  };
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  const file = source.name;
  const rest = source.size - lengthBytes;
  if (rest < 0) {
    throw new CheckpointError({ file }, `expected at least ${lengthBytes} bytes, got a file of ${source.size}`);
  }
  const bytes = await source.read(0, lengthBytes);
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > longestHeader) {
    const got = `${length}; is this a safetensors file?`;
    throw new CheckpointError({ file }, `expected a header of at most ${longestHeader} bytes, got ${got}`);
  }
  if (length > rest) {
    throw new CheckpointError({ file }, `expected a header of ${length} bytes, got ${rest}; the file is cut short`);
  }
  return Number(length);
}

async function readHeaderText(source: ByteSource, length: number): Promise<string> {
  const file = source.name;
  const bytes = await source.read(lengthBytes, length);
  if (bytes[0] !== openingBrace) {
    const got = bytes.length === 0 ? 'an empty header' : `the byte ${bytes[0]}`;
    throw new CheckpointError({ file }, `expected a header that begins with "{", got ${got}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError({ file, cause }, 'expected a header in UTF-8, got bytes that are not');
  }
}

const openingBrace = 0x7b;

/** The tensors, sorted, must cover the data from its first byte to its last: no hole, no overlap, nothing after them. */
function checkLayout({ name: file, size }: ByteSource, dataStart: number, tensors: readonly TensorInfo[]): void {
  let position = dataStart;
  for (const { name, begin, end } of tensors) {
    if (begin !== position) {
      const what = begin < position ? 'an overlap' : 'a hole';
      const problem = `expected its data at offset ${position - dataStart}, got ${begin - dataStart}: ${what}`;
      throw new CheckpointError({ file, tensor: name }, problem);
    }
    position = end;
  }
  if (position !== size) {
    const what = size < position ? 'cut short' : 'too long';
    const problem = `expected ${position} bytes in all, got ${size}; the file is ${what}`;
    throw new CheckpointError({ file }, problem);
  }
}

function parseMetadata(file: string, entry: Json | undefined): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (entry === undefined) return metadata;
  if (!(entry instanceof Map)) {
    throw new CheckpointError({ file }, `"__metadata__" expected an object of strings, got ${describe(entry)}`);
  }
  for (const [key, value] of entry as JsonObject) {
    if (typeof value !== 'string') {
      const problem = `"__metadata__", ${quote(key)} expected a string, got ${describe(value)}`;
      throw new CheckpointError({ file }, problem);
    }
    metadata.set(key, value);
  }
  return metadata;
}
