/**
 * Numbers as the bytes of a file, little-endian: the other direction of dtype.ts.
 */
import { dtypeBytes } from './dtype.ts';
import { numberToBfloat16, numberToFloat16 } from './half.ts';

/** The formats that weights are written in. */
export type WritableDtype = 'F32' | 'F16' | 'BF16';

/** Rounding: to nearest, ties to even; F32 is exact. */
export function encodeFloats(numbers: Float32Array, dtype: WritableDtype): Uint8Array {
  const size = dtypeBytes[dtype];
  const bytes = new Uint8Array(numbers.length * size);
  const view = new DataView(bytes.buffer);
  const count = numbers.length;
  if (dtype === 'F32') {
    for (let i = 0; i < count; i++) view.setFloat32(4 * i, numbers[i]!, true);
    return bytes;
  }
  const narrow = dtype === 'F16' ? numberToFloat16 : numberToBfloat16;
  for (let i = 0; i < count; i++) view.setUint16(2 * i, narrow(numbers[i]!), true);
  return bytes;
}
