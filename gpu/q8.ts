/**
 * q8_0 for devices that hold nothing but float32: a block of 32 weights along a row is 12 numbers.
 *
 *   word k < 11 = b_3k + 2⁸·b_3k+1 + 2¹⁶·b_3k+2 < 2²⁴, exact, b = q + 128 (the last word has two)     word 11 = the scale
 *
 * Rounded as GGUF does it, the same numbers as assembly/pack-q8.ts. The kernels (kernels/linear-q8.kernel.ts) take the
 * words apart again.
 */

/** Weights in a block. */
export const blockLength = 32;

/** Numbers that hold a block. */
export const wordsInBlock = 12;

const lastWord = wordsInBlock - 1;

/** Numbers that hold a row of so many weights, whole blocks. */
export function packedLength(columns: number): number {
  return (columns / blockLength) * wordsInBlock;
}

/**
 * Whole blocks of float32, rounded to q8_0 and packed.
 *
 *   d = max |w|/127     value = f16(d)·q, q = round(w·(1/d)), halves away from zero
 *
 * Where f16(d) is 0 the block is 0; a block with NaN or Infinity is NaN.
 *
 * @param weights (…, 32·blocks) @returns (…, 12·blocks)
 */
export function packQ8(weights: Float32Array): Float32Array {
  const packed = new Float32Array(packedLength(weights.length));
  const q = new Int8Array(blockLength);
  for (let start = 0, to = 0; start < weights.length; start += blockLength, to += wordsInBlock) {
    packBlockInto(packed, to, q, roundBlockInto(q, weights, start));
  }
  return packed;
}

/** 32 integers, −128 … 127, and their scale as the 12 numbers from `to` on. */
export function packBlockInto(words: Float32Array, to: number, q: Int8Array, scale: number): void {
  for (let k = 0; k < lastWord; k++) {
    const j = 3 * k;
    const third = j + 2 < blockLength ? q[j + 2]! + 128 : 0;
    words[to + k] = q[j]! + 128 + 2 ** 8 * (q[j + 1]! + 128) + 2 ** 16 * third;
  }
  words[to + lastWord] = scale;
}

/** The integers of the block from `start` on. @returns its scale, f16(d) */
function roundBlockInto(q: Int8Array, weights: Float32Array, start: number): number {
  let largest = 0;
  for (let j = 0; j < blockLength; j++) largest = Math.max(largest, Math.abs(weights[start + j]!));
  const d = Math.fround(largest / 127);
  const scale = Number.isFinite(d) ? nearestFloat16(d) : NaN;
  if (!(scale > 0)) {
    q.fill(0);
    return scale;
  }
  const inverse = Math.fround(1 / d);
  for (let j = 0; j < blockLength; j++) q[j] = roundAway(Math.fround(weights[start + j]! * inverse));
  return scale;
}

/** To the nearest integer, halves away from zero; |v| + ½ is a float64, so that 0.49999997 stays below 1. */
function roundAway(v: number): number {
  return v < 0 ? -Math.floor(0.5 - v) : Math.floor(v + 0.5);
}

/**
 * The nearest float16 of a number ≥ 0, ties to even: a multiple of 2^(e − 10) with 2^e ≤ v, at least of 2⁻²⁴. A float64
 * of 52 bits behind the point loses the others when 2^(e + 42) is added.
 */
function nearestFloat16(v: number): number {
  const coarse = 2 ** 52 * Math.max(2 ** -24, powerBelow(v) * 2 ** -10);
  const rounded = v + coarse - coarse;
  return rounded < 2 ** 16 ? rounded : Infinity;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** 2^e ≤ v of a float32 v ≥ 2⁻¹²⁶: v without its mantissa. */
function powerBelow(v: number): number {
  float[0] = v;
  bits[0]! &= 0x7f80_0000;
  return float[0];
}
