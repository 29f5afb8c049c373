/**
 * Bytes put together by hand, little-endian: for the writers of test files.
 */

export type Bytes = Uint8Array | readonly number[];

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >> 8) & 255);
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

export function f32(...values: readonly number[]): Uint8Array {
  return floats(values);
}

/** The same of as many as there are. */
export function floats(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return bytes;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joined(parts: Iterable<Bytes>): Uint8Array {
  const all = [...parts];
  const out = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
