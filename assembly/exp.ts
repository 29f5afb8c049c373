/**
 * exp on four float32.
 *
 *   n = round(x·log2 e) · r = x − n·log 2, in two parts (Cody & Waite) · exp(x) = 2^n·(1 + r + r²·q(r))
 *
 * q has degree 4, a minimax approximation on |r| ≤ ½·log 2 found by Remez' exchange: relative error of exp below 3.1e-9.
 * Bound: 1 ulp (0.91 seen over all float32, relaxed or not), mean signed error 0.05 ulp (0.005); subnormal results are
 * rounded once more. A bias would grow along a scan, which multiplies thousands of these.
 *
 * Three forms, the same bits wherever they apply: exp (any x), expNonPositive (x ≤ 0), expSmall (|x| ≤ 87).
 */

/** Adding it leaves round(v) in the low bits of the sum: 1.5·2^23. */
// @ts-ignore: decorator
@inline const magic: f32 = 12582912;
// @ts-ignore: decorator
@inline const log2e: f32 = 1.44269504088896341;
/** log 2 in two parts; the first has 15 bits, so that its products with n are exact. */
// @ts-ignore: decorator
@inline const ln2High: f32 = 0.693145751953125;
// @ts-ignore: decorator
@inline const ln2Low: f32 = 1.42860682030941723212e-6;
/** A result is kept too large by 2^65 until the last product, with 2^−65. */
// @ts-ignore: decorator
@inline const unscale: f32 = 2.710505431213761e-20;
/** The exponent's bias and those 65, added before rounding; even, so that ties round as in {@link powerSum}. */
// @ts-ignore: decorator
@inline const biased: f32 = magic + 192;

// @ts-ignore: decorator
@inline function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b */
// @ts-ignore: decorator
@inline function subtractProduct(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/**
 * exp(r) − 1 = r + r²·q(r) for r = x − n·log 2, by Estrin's scheme: its two halves wait for nothing but r.
 * The small part of r is taken off r²·q(r) again instead of being rounded into r (measured: 0.99 → 0.91 ulp, relaxed 1.02 → 0.91).
 */
// @ts-ignore: decorator
@inline function fraction(x: v128, n: v128): v128 {
  const high = subtractProduct(x, n, f32x4.splat(ln2High)); // exact
  const r = subtractProduct(high, n, f32x4.splat(ln2Low));
  const square = f32x4.mul(r, r);
  const first = multiplyAdd(r, f32x4.splat(0.1666652039905806), f32x4.splat(0.49999993432120365));
  const middle = multiplyAdd(r, f32x4.splat(0.008368745107526812), f32x4.splat(0.041668390785355));
  const last = multiplyAdd(square, f32x4.splat(0.0013814540087031771), middle);
  const q = multiplyAdd(square, last, first);
  return f32x4.add(high, subtractProduct(f32x4.mul(square, q), n, f32x4.splat(ln2Low)));
}

// @ts-ignore: decorator
@inline function polynomial(x: v128, n: v128): v128 {
  return f32x4.add(f32x4.splat(1), fraction(x, n));
}

/** exp(x) for |x| ≤ 87, where it is a normal number: the same bits as {@link exp}, with less work. */
// @ts-ignore: decorator
@inline export function expSmall(x: v128): v128 {
  const sum = powerSum(x);
  const n = f32x4.sub(sum, f32x4.splat(magic));
  return i32x4.add(polynomial(x, n), i32x4.shl(sum, 23)); // n is added to the exponent
}

/** exp(x) for x ≤ 0: the same bits as {@link exp}, with less work. NaN stays NaN. */
// @ts-ignore: decorator
@inline export function expNonPositive(x: v128): v128 {
  const clamped = f32x4.pmax(x, f32x4.splat(-131));
  // The low bits of the sum are n + 192: 2^(n + 65), once they stand in the exponent.
  const sum = f32x4.add(f32x4.mul(clamped, f32x4.splat(log2e)), f32x4.splat(biased));
  const n = f32x4.sub(sum, f32x4.splat(biased));
  const scaled = f32x4.mul(polynomial(clamped, n), i32x4.shl(sum, 23));
  return f32x4.mul(scaled, f32x4.splat(unscale)); // a subnormal result is rounded here, once
}

/** round(x·log2 e) + 1.5·2^23, for |x| ≤ 131; see {@link expFraction} and {@link powerLow}. */
// @ts-ignore: decorator
@inline export function powerSum(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(log2e)), f32x4.splat(magic));
}

/** exp(x)·2^−n − 1 with n from {@link powerSum}: keeps the digits that 1 + … would round off. */
// @ts-ignore: decorator
@inline export function expFraction(x: v128, sum: v128): v128 {
  return fraction(x, f32x4.sub(sum, f32x4.splat(magic)));
}

/** 2^n as two float64, for the two numbers in the low half of {@link powerSum}. */
// @ts-ignore: decorator
@inline export function powerLow(sum: v128): v128 {
  const n = i64x2.extend_low_i32x4_s(i32x4.sub(sum, i32x4.splat(0x4b400000)));
  return i64x2.shl(i64x2.add(n, i64x2.splat(1023)), 52);
}

/** exp(x) for any x: ±Infinity, NaN, overflow to Infinity, gradual underflow. */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-131)), f32x4.splat(89));
  const sum = powerSum(clamped);
  const n = f32x4.sub(sum, f32x4.splat(magic));
  const integer = i32x4.sub(sum, i32x4.splat(0x4b400000));
  // 2^n in two factors, each of them a normal number; only the last product can round.
  const half = i32x4.shr_s(integer, 1);
  const rest = i32x4.sub(integer, half);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(rest, i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(polynomial(clamped, n), first), second);
}
