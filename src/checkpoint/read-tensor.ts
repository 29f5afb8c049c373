/**
 * Tensors of an opened safetensors file as numbers, read in pieces: besides the result no more than one piece is held.
 */
import type { Floats } from '../reference/types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { decodeFloatsInto, decodeIntegers, dtypeBytes, isFloatDtype } from './dtype.ts';
import type { Safetensors } from './safetensors.ts';
import type { TensorInfo } from './tensor-info.ts';

/** Bytes asked of the source at once; a multiple of every element's size. */
const pieceBytes = 2 ** 20;

/**
 * Reads one tensor in the narrowest format that holds its values exactly: F64 as Float64Array; F32, F16 and BF16 as
 * Float32Array; I64 as BigInt64Array.
 * @throws CheckpointError (as a rejection) when there is no such tensor, or its dtype is another one
 */
export async function readTensor(file: Safetensors, name: string): Promise<Floats | BigInt64Array> {
  const info = findTensor(file, name);
  if (info.dtype === 'I64') return decodeIntegers(await file.source.read(info.begin, info.end - info.begin));
  const length = elementCount(info);
  const out = info.dtype === 'F64' ? new Float64Array(length) : new Float32Array(length);
  await readFloatsInto(out, file, name);
  return out;
}

/**
 * Reads one tensor of floats into `out`, which may be a view on a larger memory.
 * @param out as long as the tensor has elements
 * @throws RangeError when `out` has another length; CheckpointError when there is no such tensor of floats
 * Rounding: none, but for F64 into a Float32Array (to nearest even).
 */
export async function readFloatsInto(out: Floats, file: Safetensors, name: string): Promise<void> {
  const info = findTensor(file, name);
  if (out.length !== elementCount(info)) {
    throw new RangeError(`"out" expected length ${elementCount(info)}, got ${out.length}`);
  }
  await readFloatRange(out, file, info, 0);
}

/**
 * Reads elements first … first + out.length − 1 of a tensor of floats, piece by piece.
 * @throws CheckpointError (as a rejection) when the tensor holds no floats
 * Rounding: none, but for F64 into a Float32Array (to nearest even).
 */
export async function readFloatRange(out: Floats, file: Safetensors, info: TensorInfo, first: number): Promise<void> {
  const { name, dtype, begin } = info;
  if (!isFloatDtype(dtype)) {
    const problem = `expected dtype F64, F32, F16 or BF16, got ${dtype}`;
    throw new CheckpointError({ file: file.source.name, tensor: name }, problem);
  }
  const size = dtypeBytes[dtype];
  const from = begin + first * size;
  for (let at = 0; at < out.length * size; at += pieceBytes) {
    const bytes = await file.source.read(from + at, Math.min(pieceBytes, out.length * size - at));
    const done = at / size;
    decodeFloatsInto(out.subarray(done, done + bytes.length / size), dtype, bytes);
  }
}

/** The entry of a tensor that must be there. */
export function findTensor(file: Safetensors, name: string): TensorInfo {
  const info = file.tensors.get(name);
  if (info === undefined) {
    throw new CheckpointError({ file: file.source.name, tensor: name }, 'expected in the file, got no such tensor');
  }
  return info;
}

export function elementCount({ begin, end, dtype }: TensorInfo): number {
  return (end - begin) / dtypeBytes[dtype];
}
