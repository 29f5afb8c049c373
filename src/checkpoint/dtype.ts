/**
 * The number formats of safetensors, and how their bytes become numbers. Little-endian, as the format says, at any
 * alignment.
 */
import type { Floats } from '../reference/types.ts';
import { bfloat16ToNumber, float16ToNumber } from './half.ts';

/** Bytes of one element. Formats of less than a byte (F4, F6) are not known here. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  C64: 8,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
} as const;

export type Dtype = keyof typeof dtypeBytes;

/** The formats that weights come in. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypeBytes, name);
}

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/**
 * Decodes `out.length` numbers from the front of `bytes`.
 * Rounding: none, but for F64 into a Float32Array (to nearest even).
 */
export function decodeFloatsInto(out: Floats, dtype: FloatDtype, bytes: Uint8Array): void {
  if (dtype === 'F32' && littleEndian && bytes.byteOffset % 4 === 0) {
    out.set(new Float32Array(bytes.buffer, bytes.byteOffset, out.length)); // (measured: ten times as fast)
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = out.length;
  switch (dtype) {
    case 'F64':
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(8 * i, true);
      break;
    case 'F32':
      for (let i = 0; i < count; i++) out[i] = view.getFloat32(4 * i, true);
      break;
    case 'F16':
      for (let i = 0; i < count; i++) out[i] = float16ToNumber(view.getUint16(2 * i, true));
      break;
    case 'BF16':
      for (let i = 0; i < count; i++) out[i] = bfloat16ToNumber(view.getUint16(2 * i, true));
  }
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Decodes I64, exactly. */
export function decodeIntegers(bytes: Uint8Array): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return BigInt64Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigInt64(8 * i, true));
}
