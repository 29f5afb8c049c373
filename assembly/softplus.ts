/**
 * softplus, sigmoid and silu on four float32; bounds: 2 ulp, or 2 of the smallest subnormals (test/wasm).
 */
import { expFraction, expNonPositive, powerLow, powerSum } from './exp';
import { log1pUnit } from './log1p';

/**
 * softplus(x) = log1p(exp(x)) = max(x, 0) + log1p(exp(−|x|)): no overflow, and above 20 the sum rounds to x by itself,
 * which is the reference's cut. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function softplus(x: v128): v128 {
  const rest = log1pUnit(expNonPositive(f32x4.neg(f32x4.abs(x))));
  return f32x4.add(f32x4.pmax(f32x4.splat(0), x), rest);
}

/** σ(x) = 1/(1 + exp(−x)) */
// @ts-ignore: decorator
@inline export function sigmoid(x: v128): v128 {
  return timesSigmoid(f32x4.splat(1), x);
}

/** silu(x) = x·σ(x); at −Infinity NaN, as the formula gives. */
// @ts-ignore: decorator
@inline export function silu(x: v128): v128 {
  return timesSigmoid(x, x);
}

/** Below it 2^n is 0 in {@link powerLow}: n = −1023. */
// @ts-ignore: decorator
@inline const least: f32 = -709.09;

/**
 * factor·σ(x), below 0 as factor·exp(x)/(1 + exp(x)): exp(−|x|) never overflows. In float64 from exp's last step on,
 * rounded once (measured: 3.1 ulp in float32, for 20 operations less).
 */
// @ts-ignore: decorator
@inline export function timesSigmoid(factor: v128, x: v128): v128 {
  const exponent = f32x4.pmax(f32x4.neg(f32x4.abs(x)), f32x4.splat(least));
  const sum = powerSum(exponent);
  const fraction = expFraction(exponent, sum);
  const low = halfOfSigmoid(factor, x, fraction, sum);
  const high = halfOfSigmoid(upper(factor), upper(x), upper(fraction), upper(sum));
  return i64x2.shuffle(low, high, 0, 2);
}

/** The two numbers in the low half of each operand; the result's low half. */
// @ts-ignore: decorator
@inline function halfOfSigmoid(factor: v128, x: v128, fraction: v128, sum: v128): v128 {
  const one = f64x2.splat(1);
  const e = f64x2.mul(f64x2.add(one, f64x2.promote_low_f32x4(fraction)), powerLow(sum));
  const negative = f64x2.lt(f64x2.promote_low_f32x4(x), f64x2.splat(0));
  const numerator = f64x2.mul(f64x2.promote_low_f32x4(factor), v128.bitselect(e, one, negative));
  return f32x4.demote_f64x2_zero(f64x2.div(numerator, f64x2.add(one, e)));
}

/** The upper half in both halves. */
// @ts-ignore: decorator
@inline function upper(v: v128): v128 {
  return i64x2.shuffle(v, v, 1, 1);
}
