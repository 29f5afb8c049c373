/**
 * The other direction: tensors in memory → the bytes of a safetensors file. The same tensors give the same bytes, in
 * whatever order they come: elements of many bytes first (so that all data is aligned), then by name.
 */
import { expectSize } from '../reference/shapes.ts';
import type { Dtype } from './dtype.ts';
import { dtypeBytes } from './dtype.ts';

/** A tensor to write: numbers, whose array says the dtype, or bytes with their dtype. */
export interface WritableTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | EncodedData;
}

export interface EncodedData {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
}

interface EncodedTensor extends EncodedData {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The bytes of a safetensors file: the header's length, the header (JSON, padded with spaces to a multiple of 8 bytes),
 * the data.
 * @throws RangeError when a name is `__metadata__` or `__proto__`, stands twice or cannot be written in UTF-8, or when data
 * and shape do not agree
 */
export function safetensorsBytes(
  tensors: Iterable<WritableTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const encoded = Array.from(tensors, encodeTensor).sort(
    (p, q) => dtypeBytes[q.dtype] - dtypeBytes[p.dtype] || compareText(p.name, q.name),
  );
  const text = headerText(encoded, metadata);
  const header = new TextEncoder().encode(text);
  const headerLength = 8 * Math.ceil(header.length / 8);

  const size = encoded.reduce((sum, { bytes }) => sum + bytes.length, 8 + headerLength);
  const file = new Uint8Array(size).fill(space, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(header, 8);
  let position = 8 + headerLength;
  for (const { bytes } of encoded) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

const space = 0x20;

function headerText(tensors: readonly EncodedTensor[], metadata: ReadonlyMap<string, string>): string {
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].sort(([p], [q]) => compareText(p, q));
    entries.push(`"__metadata__":{${pairs.map(([key, value]) => `${json(key)}:${json(value)}`).join()}}`);
  }
  const names = new Set(['__metadata__']);
  let begin = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    if (name === '__proto__') throw new RangeError(`name expected another, got ${json(name)}, which changes objects`);
    if (names.has(name)) throw new RangeError(`name expected free, got ${json(name)}, which is taken`);
    names.add(name);
    const end = begin + bytes.length;
    entries.push(`${json(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  return `{${entries.join()}}`;
}

function encodeTensor({ name, shape, data }: WritableTensor): EncodedTensor {
  for (const size of shape) expectSize(`${name}, shape`, size);
  const { dtype, bytes } = ArrayBuffer.isView(data) ? encodeNumbers(data) : data;
  const expected = shape.reduce((product, size) => product * size, dtypeBytes[dtype]);
  if (bytes.length !== expected) {
    const of = `[${shape.join(', ')}] of ${dtype}`;
    throw new RangeError(`"${name}" expected ${expected} bytes (${of}), got ${bytes.length}`);
  }
  return { name, shape, dtype, bytes };
}

function encodeNumbers(data: Float64Array | Float32Array | BigInt64Array): EncodedData {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float64Array) {
    data.forEach((x, i) => void view.setFloat64(8 * i, x, true));
    return { dtype: 'F64', bytes };
  }
  if (data instanceof Float32Array) {
    data.forEach((x, i) => void view.setFloat32(4 * i, x, true));
    return { dtype: 'F32', bytes };
  }
  data.forEach((x, i) => void view.setBigInt64(8 * i, x, true));
  return { dtype: 'I64', bytes };
}

/** A string of the header. Half of a surrogate pair has no UTF-8. */
function json(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new RangeError(`text expected surrogates in pairs, got ${JSON.stringify(text)}`);
  }
  return JSON.stringify(text);
}

/** By UTF-16 code units, the same everywhere. No two names are equal. */
function compareText(p: string, q: string): number {
  return p < q ? -1 : 1;
}
