/**
 * The two 16-bit formats of checkpoints, widened to float32 and narrowed. Every value of both is a float32, so widening
 * does not round.
 *
 *   float16   1 sign, 5 exponent (bias 15), 10 mantissa bits    IEEE 754-2008, binary16
 *   bfloat16  1 sign, 8 exponent (bias 127), 7 mantissa bits    the upper half of a float32
 */

// One 32-bit word, seen as bits and as a number: independent of the machine's byte order.
const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The value of a bfloat16 given as its 16 bits: the same bits with 16 zeros behind them. */
export function bfloat16ToNumber(bits: number): number {
  word[0] = bits << 16;
  return single[0]!;
}

/**
 * The value of a float16 given as its 16 bits, with s, e, m its sign, exponent and mantissa:
 *
 *   (−1)^s · 2^(e − 15) · (1 + m/1024)   0 < e < 31
 *   (−1)^s · 2^−14 · m/1024              e = 0, zero and the subnormals
 *   (−1)^s · ∞ if m = 0, else NaN        e = 31
 */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return (sign === 0 ? mantissa : -mantissa) / 2 ** 24;

  // The same number as a float32: the exponent's bias is 127 instead of 15, the mantissa has 13 more bits.
  const exponent32 = exponent === 31 ? 255 : exponent + 112;
  word[0] = (sign << 16) | (exponent32 << 23) | (mantissa << 13);
  return single[0]!;
}

/** The 16 bits of the bfloat16 nearest to a float32, ties to even; NaN stays NaN, what is too large becomes infinite. */
export function numberToBfloat16(value: number): number {
  single[0] = value;
  const bits = word[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN, its payload cut
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/**
 * The 16 bits of the float16 nearest to a float32, ties to even; NaN stays NaN, what is too large becomes infinite.
 *
 *   |x| < 2^−14   a multiple of 2^−24, in float64
 *   else          exponent and mantissa of the float32, 13 bits rounded off, the bias changed by 112
 */
export function numberToFloat16(value: number): number {
  single[0] = value;
  const sign = (word[0]! >>> 16) & 0x8000;
  const bits = word[0]! & 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7e00;
  if (bits < 0x38800000) {
    const scaled = Math.abs(value) * 2 ** 24;
    const below = Math.floor(scaled);
    const rest = scaled - below;
    return sign | (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below);
  }
  const rounded = (bits + 0xfff + ((bits >>> 13) & 1)) >>> 13;
  return sign | Math.min(0x7c00, rounded - (112 << 10));
}
