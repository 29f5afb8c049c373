/**
 * Tensors of an opened file as numbers, read in pieces: besides the result no more than one piece is held.
 */
import type { Floats } from '../reference/types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { decodeFloatsInto, decodeIntegers, dtypeBytes, isFloatDtype } from './dtype.ts';
import { decodeQ8Into, q8BlockBytes, q8BlockLength } from './q8-0.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** Bytes asked of the source at once; a multiple of every element's size. */
const pieceBytes = 2 ** 20;

/**
 * Reads one tensor in the narrowest format that holds its values exactly: F64 as Float64Array; F32, F16, BF16 and Q8_0 as
 * Float32Array; I64 as BigInt64Array.
 * @throws CheckpointError (as a rejection) when there is no such tensor, or its dtype is another one
 */
export async function readTensor(file: TensorFile, name: string): Promise<Floats | BigInt64Array> {
  const tensor = findTensor(file, name);
  const { dtype, source, begin, end } = tensor;
  if (dtype === 'I64') return decodeIntegers(await source.read(begin, end - begin));
  const length = elementCount(tensor);
  const out = dtype === 'F64' ? new Float64Array(length) : new Float32Array(length);
  await readFloatRange(out, tensor, 0);
  return out;
}

/**
 * Reads one tensor of floats into `out`, which may be a view on a larger memory.
 * @param out as long as the tensor has elements
 * @throws RangeError when `out` has another length; CheckpointError when there is no such tensor of floats
 * Rounding: none, but for F64 into a Float32Array (to nearest even).
 */
export async function readFloatsInto(out: Floats, file: TensorFile, name: string): Promise<void> {
  const tensor = findTensor(file, name);
  if (out.length !== elementCount(tensor)) {
    throw new RangeError(`"out" expected length ${elementCount(tensor)}, got ${out.length}`);
  }
  await readFloatRange(out, tensor, 0);
}

/**
 * Reads elements first … first + out.length − 1 of a tensor of floats, piece by piece.
 * @throws CheckpointError (as a rejection) when the tensor holds no floats
 * Rounding: none, but for F64 into a Float32Array (to nearest even).
 */
export async function readFloatRange(out: Floats, tensor: StoredTensor, first: number): Promise<void> {
  const { name, dtype, source, begin } = tensor;
  if (dtype === 'Q8_0') return readBlockRange(out, tensor, first);
  if (!isFloatDtype(dtype)) {
    const problem = `expected dtype F64, F32, F16 or BF16, got ${dtype}`;
    throw new CheckpointError({ file: source.name, tensor: name }, problem);
  }
  const size = dtypeBytes[dtype];
  const from = begin + first * size;
  for (let at = 0; at < out.length * size; at += pieceBytes) {
    const bytes = await source.read(from + at, Math.min(pieceBytes, out.length * size - at));
    const done = at / size;
    decodeFloatsInto(out.subarray(done, done + bytes.length / size), dtype, bytes);
  }
}

/** The same of blocks of 32: those that the range touches are decoded whole. */
async function readBlockRange(out: Floats, { source, begin }: StoredTensor, first: number): Promise<void> {
  const most = Math.floor(pieceBytes / q8BlockBytes);
  const lastBlock = Math.ceil((first + out.length) / q8BlockLength);
  for (let block = Math.floor(first / q8BlockLength); block < lastBlock; block += most) {
    const blocks = Math.min(most, lastBlock - block);
    const numbers = new Float32Array(blocks * q8BlockLength);
    decodeQ8Into(numbers, await source.read(begin + block * q8BlockBytes, blocks * q8BlockBytes));
    const start = block * q8BlockLength - first; // where they belong in out; below 0 for what comes before it
    out.set(numbers.subarray(Math.max(0, -start), out.length - start), Math.max(0, start));
  }
}

/** The entry of a tensor that must be there. */
export function findTensor(file: TensorFile, name: string): StoredTensor {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    throw new CheckpointError({ file: file.name, tensor: name }, 'expected in the file, got no such tensor');
  }
  return tensor;
}

export function elementCount({ shape }: Pick<StoredTensor, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}
