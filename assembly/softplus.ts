/**
 * softplus, sigmoid and silu on four float32; bounds: 2 ulp, or 2 of the smallest subnormals (test/wasm).
 */
import { exp, expFraction, powerLow, powerSum } from './exp';

/** log(m) for positive normal numbers, near 1 relative to |log m| too. Degree 9 as in Cephes' logf (S. Moshier, 1992). */
// @ts-ignore: decorator
@inline function log(v: v128): v128 {
  // v = m·2^e with m in [√½, √2)
  const shifted = i32x4.sub(v, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(shifted, 23);
  const m = i32x4.sub(v, i32x4.shl(exponent, 23));
  const e = f32x4.convert_i32x4_s(exponent);
  const f = f32x4.sub(m, f32x4.splat(1));
  const square = f32x4.mul(f, f);
  let p = f32x4.splat(7.0376836292e-2);
  p = step(p, f, -1.151461031e-1);
  p = step(p, f, 1.167699874e-1);
  p = step(p, f, -1.2420140846e-1);
  p = step(p, f, 1.4249322787e-1);
  p = step(p, f, -1.6668057665e-1);
  p = step(p, f, 2.0000714765e-1);
  p = step(p, f, -2.4999993993e-1);
  p = step(p, f, 3.3333331174e-1);
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(e, f32x4.splat(0.693359375)));
}

// @ts-ignore: decorator
@inline function step(p: v128, f: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(p, f), f32x4.splat(coefficient));
}

/**
 * softplus(x) = x for x > 20, else log1p(exp(x)), with log1p(e) = log(1 + e) + (e − ((1 + e) − 1))/(1 + e): the second
 * term is what the rounding of 1 + e has lost. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function softplus(x: v128): v128 {
  const e = exp(f32x4.pmin(x, f32x4.splat(20)));
  const sum = f32x4.add(f32x4.splat(1), e);
  const lost = f32x4.div(f32x4.sub(e, f32x4.sub(sum, f32x4.splat(1))), sum);
  const below = f32x4.add(log(sum), lost);
  return v128.bitselect(x, below, v128.not(f32x4.le(x, f32x4.splat(20))));
}

/**
 * factor·σ(x), with σ(x) = 1/(1 + exp(−x)) below 0 as exp(x)/(1 + exp(x)): exp(−|x|) never overflows. In float64 from
 * exp's last step on, rounded once (measured: 3.1 ulp in float32, for 20 operations less).
 */
// @ts-ignore: decorator
@inline function timesSigmoid(factor: v128, x: v128): v128 {
  const exponent = f32x4.pmax(f32x4.neg(f32x4.abs(x)), f32x4.splat(-131));
  const sum = powerSum(exponent);
  const fraction = expFraction(exponent, sum);
  // Below −131 nothing is left, even of factor = −Infinity: −Infinity·0 is NaN, as in the formula.
  const kept = v128.not(f32x4.lt(x, f32x4.splat(-131)));
  const low = halfOfSigmoid(factor, x, fraction, sum, kept);
  const high = halfOfSigmoid(swap(factor), swap(x), swap(fraction), swap(sum), swap(kept));
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** The two numbers in the low half of each operand; the result's low half. */
// @ts-ignore: decorator
@inline function halfOfSigmoid(factor: v128, x: v128, fraction: v128, sum: v128, kept: v128): v128 {
  const one = f64x2.splat(1);
  const e = f64x2.mul(f64x2.add(one, f64x2.promote_low_f32x4(fraction)), powerLow(sum));
  const below = v128.and(e, i64x2.extend_low_i32x4_s(kept));
  const negative = f64x2.lt(f64x2.promote_low_f32x4(x), f64x2.splat(0));
  const numerator = f64x2.mul(f64x2.promote_low_f32x4(factor), v128.bitselect(below, one, negative));
  return f32x4.demote_f64x2_zero(f64x2.div(numerator, f64x2.add(one, e)));
}

/** The upper half first. */
// @ts-ignore: decorator
@inline function swap(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

// @ts-ignore: decorator
@inline export function sigmoid(x: v128): v128 {
  return timesSigmoid(f32x4.splat(1), x);
}

/** x·σ(x) */
// @ts-ignore: decorator
@inline export function silu(x: v128): v128 {
  return timesSigmoid(x, x);
}
