/**
 * The two 16-bit formats of checkpoints, widened to float32. Every value of both is a float32, so nothing rounds.
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
