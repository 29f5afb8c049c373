/**
 * q8_0, GGUF's format of 8 bits: 32 neighbours of a row share a scale.
 *
 *   block = float16 d · int8 q₀ … q₃₁   34 bytes      w_i = d·q_i
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h, block_q8_0.
 */
import type { Floats } from '../reference/types.ts';
import { float16ToNumber } from './half.ts';

/** Numbers in a block, and its bytes. */
export const q8BlockLength = 32;
export const q8BlockBytes = 34;

/**
 * Decodes whole blocks from the front of `bytes`.
 * @param out of a multiple of 32 numbers
 * Rounding: none; 11 bits times 8 bits fit a float32.
 */
export function decodeQ8Into(out: Floats, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0, at = 0; at < out.length; block += q8BlockBytes, at += q8BlockLength) {
    const d = float16ToNumber(view.getUint16(block, true));
    for (let i = 0; i < q8BlockLength; i++) out[at + i] = d * view.getInt8(block + 2 + i);
  }
}
