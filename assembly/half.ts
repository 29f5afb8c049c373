/**
 * The two 16-bit formats, four lanes at a time: widened to f32 (exact) and rounded from f32 (to nearest, ties to even;
 * too large becomes ±Infinity, NaN stays NaN). Both are the top of a 32-bit lane in some way:
 *
 *   bfloat16  the upper half of a float32
 *   float16   sign, 5 exponent bits (bias 15), 10 mantissa bits
 *
 * Kernels for both are generic over one of these tags; nothing of the type but its name is used.
 */
export type Bf16 = i16;
export type F16 = u16;
/** float16 that is neither Infinity nor NaN: fewer instructions (measured: one token 12 GB/s a thread, 7 with F16). */
export type FiniteF16 = u32;

// @ts-ignore: decorator
@inline function isBf16<T>(): bool {
  return isSigned<T>();
}

// @ts-ignore: decorator
@inline export function isFiniteF16<T>(): bool {
  return sizeof<T>() == 4;
}

/** The numbers in the lower halves of four words. */
// @ts-ignore: decorator
@inline export function widenLow<T>(words: v128): v128 {
  const top = i32x4.shl(words, 16);
  return isBf16<T>() ? top : isFiniteF16<T>() ? scaleF16(top) : widenF16(top);
}

/** The numbers in the upper halves of four words. */
// @ts-ignore: decorator
@inline export function widenHigh<T>(words: v128): v128 {
  if (isBf16<T>()) return v128.and(words, i32x4.splat(0xffff0000));
  return isFiniteF16<T>() ? scaleF16(words) : widenF16(words);
}

/**
 * float16 in the upper halves. Exponent and mantissa move to their places in a float32, which is then 2^112 times too
 * small, subnormals included; Infinity and NaN come out as 65536 or more.
 */
// @ts-ignore: decorator
@inline function scaleF16(words: v128): v128 {
  const moved = v128.and(i32x4.shr_s(words, 3), i32x4.splat(0x8fffe000));
  return f32x4.mul(moved, f32x4.splat(reinterpret<f32>(0x77800000)));
}

/** The same, with float32's exponent for Infinity and NaN. */
// @ts-ignore: decorator
@inline function widenF16(words: v128): v128 {
  const value = scaleF16(words);
  const special = f32x4.ge(f32x4.abs(value), f32x4.splat(65536));
  return v128.or(value, v128.and(special, i32x4.splat(0x7f800000)));
}

/** The numbers without their signs, as unsigned 16-bit integers in order of size; Infinity and NaN from 0x7c00 on. */
// @ts-ignore: decorator
@inline export function sizesOf(words: v128): v128 {
  return v128.and(words, i16x8.splat(0x7fff));
}

/** One number, as the lanes do it. */
// @ts-ignore: decorator
@inline export function widenOne<T>(bits: u16): f32 {
  return f32x4.extract_lane(widenLow<T>(i32x4.splat(bits)), 0);
}

/** The 16 bits of four numbers, in the lower halves of four words whose upper halves are 0. */
// @ts-ignore: decorator
@inline export function narrow<T>(values: v128): v128 {
  return isBf16<T>() ? narrowBf16(values) : narrowF16(values);
}

// @ts-ignore: decorator
@inline export function narrowOne<T>(value: f32): u16 {
  return <u16>i32x4.extract_lane(narrow<T>(f32x4.splat(value)), 0);
}

// @ts-ignore: decorator
@inline function narrowBf16(values: v128): v128 {
  const odd = v128.and(i32x4.shr_u(values, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(values, i32x4.add(odd, i32x4.splat(0x7fff))), 16);
  const quiet = v128.or(i32x4.shr_u(values, 16), i32x4.splat(0x40));
  return v128.bitselect(quiet, rounded, f32x4.ne(values, values));
}

// @ts-ignore: decorator
@inline function narrowF16(values: v128): v128 {
  const size = f32x4.abs(values);
  const sign = v128.and(i32x4.shr_u(values, 16), i32x4.splat(0x8000));

  // Normal: the exponent's bias changes by 112, 13 mantissa bits are rounded away; a carry may reach Infinity.
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(size, odd), i32x4.splat(0xfff - (112 << 23))), 13);
  // Below 2^-14: added to ½, the sum's last bit is 2^-24, that of the subnormals.
  const tiny = i32x4.sub(f32x4.add(size, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  const finite = v128.bitselect(tiny, normal, f32x4.lt(size, f32x4.splat(reinterpret<f32>(0x38800000))));

  const quiet = v128.or(i32x4.splat(0x7e00), v128.and(i32x4.shr_u(size, 13), i32x4.splat(0x3ff)));
  const special = v128.bitselect(quiet, i32x4.splat(0x7c00), f32x4.ne(values, values));
  const isFinite = f32x4.lt(size, f32x4.splat(65536));
  return v128.or(sign, v128.bitselect(finite, special, isFinite));
}
