/**
 * Safetensors files put together by hand, so that they can be wrong.
 */
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';

export const rawFile = 'raw.safetensors';

/** Length, header text and data bytes as they are; `length` may lie. */
export function rawBytes(header: string | Uint8Array, data: Uint8Array | number = 0, length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const tail = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(tail, 8 + text.length);
  return bytes;
}

export function rawSource(header: string | Uint8Array, data: Uint8Array | number = 0, length?: bigint): ByteSource {
  return bytesSource(rawFile, rawBytes(header, data, length));
}
