/**
 * What weights become in each dtype, as float64 arithmetic and not as bit patterns: a second opinion on assembly/half.ts
 * and assembly/pack-q8.ts.
 */
import type { WeightDtype } from '../engine/backend.ts';

/** The nearest bfloat16 (8 significant bits), ties to even. */
export function toBfloat16(value: number): number {
  return toFormat(value, { bits: 8, least: -126, most: 127 });
}

/** The nearest float16 (11 significant bits), ties to even. */
export function toFloat16(value: number): number {
  return toFormat(value, { bits: 11, least: -14, most: 15 });
}

interface Format {
  readonly bits: number;
  /** Exponents of the smallest normal number and of the largest. */
  readonly least: number;
  readonly most: number;
}

function toFormat(value: number, { bits, least, most }: Format): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const exponent = Math.max(least, Math.floor(Math.log2(Math.abs(value))));
  const quantum = 2 ** (exponent - bits + 1);
  const rounded = roundToEven(value / quantum) * quantum;
  return Math.abs(rounded) < 2 ** (most + 1) ? rounded : Math.sign(value) * Infinity;
}

/** To the nearest integer, halves to the even one; −0.3 becomes −0. */
export function roundToEven(value: number): number {
  const below = Math.floor(Math.abs(value));
  const part = Math.abs(value) - below;
  const up = part > 0.5 || (part === 0.5 && below % 2 === 1);
  return Math.sign(value) * (up ? below + 1 : below);
}

const blockLength = 32;

/**
 * q8_0, blocks of 32 along a row, as ggml rounds it:
 *
 *   d = max |w|/127 (float32)     q = round(w·(1/d)), halves away from zero     value = f16(d)·q
 *
 * Where f16(d) is 0 the block is 0; a block with NaN or Infinity is NaN.
 */
export function toQ8(values: Float32Array): Float64Array {
  const rounded = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += blockLength) {
    const block = values.subarray(start, start + blockLength);
    const d = Math.fround(block.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 127);
    const scale = toFloat16(d);
    const inverse = Math.fround(1 / d);
    block.forEach((w, j) => {
      rounded[start + j] = scale === 0 ? 0 : scale * roundAway(Math.fround(w * inverse));
    });
    if (!Number.isFinite(d)) rounded.fill(NaN, start, start + blockLength);
  }
  return rounded;
}

function roundAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** The weights that a matrix of this dtype holds. */
export function roundWeights(values: Float32Array, dtype: WeightDtype): Float64Array {
  if (dtype === 'q8_0') return toQ8(values);
  const exact = Float64Array.from(values);
  if (dtype === 'f32') return exact;
  return exact.map(dtype === 'bf16' ? toBfloat16 : toFloat16);
}
