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

/** What a header says of a tensor; where its data lies follows from the order. */
export interface TensorHeading {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

type EncodedTensor = TensorHeading & EncodedData;

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
  const encoded = Array.from(tensors, encodeTensor).sort(fileOrder);
  const head = safetensorsHead(encoded, metadata);
  const size = encoded.reduce((sum, { bytes }) => sum + bytes.length, head.length);
  const file = new Uint8Array(size);
  file.set(head);
  let position = head.length;
  for (const { bytes } of encoded) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/** The order of tensors in a file: elements of many bytes first, then by name. */
export function fileOrder(p: TensorHeading, q: TensorHeading): number {
  return dtypeBytes[q.dtype] - dtypeBytes[p.dtype] || compareText(p.name, q.name);
}

/**
 * All that stands before the data, whose tensors follow in this order: for whoever writes them one by one.
 * @throws RangeError as {@link safetensorsBytes} does, for names
 */
export function safetensorsHead(
  tensors: readonly TensorHeading[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const header = new TextEncoder().encode(headerText(tensors, metadata));
  const headerLength = 8 * Math.ceil(header.length / 8);
  const head = new Uint8Array(8 + headerLength).fill(space, 8);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerLength), true);
  head.set(header, 8);
  return head;
}

const space = 0x20;

function headerText(tensors: readonly TensorHeading[], metadata: ReadonlyMap<string, string>): string {
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].sort(([p], [q]) => compareText(p, q));
    entries.push(`"__metadata__":{${pairs.map(([key, value]) => `${json(key)}:${json(value)}`).join()}}`);
  }
  const names = new Set(['__metadata__']);
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (name === '__proto__') throw new RangeError(`name expected another, got ${json(name)}, which changes objects`);
    if (names.has(name)) throw new RangeError(`name expected free, got ${json(name)}, which is taken`);
    names.add(name);
    const end = begin + byteCount(shape, dtype);
    entries.push(`${json(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  return `{${entries.join()}}`;
}

function encodeTensor({ name, shape, data }: WritableTensor): EncodedTensor {
  for (const size of shape) expectSize(`${name}, shape`, size);
  const { dtype, bytes } = ArrayBuffer.isView(data) ? encodeNumbers(data) : data;
  const expected = byteCount(shape, dtype);
  if (bytes.length !== expected) {
    const of = `[${shape.join(', ')}] of ${dtype}`;
    throw new RangeError(`"${name}" expected ${expected} bytes (${of}), got ${bytes.length}`);
  }
  return { name, shape, dtype, bytes };
}

function byteCount(shape: readonly number[], dtype: Dtype): number {
  return shape.reduce((product, size) => product * size, dtypeBytes[dtype]);
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
