/**
 * φ(v) = (exp(v) − 1)/v, 1 at v = 0: what zero-order hold multiplies Δ·B by.
 * |v| ≤ ½: the series Σ v^k/(k + 1)! up to k = 8, error below 1e-9; elsewhere the quotient, whose numerator loses at
 * most two bits.
 */
import { exp } from './exp';

// @ts-ignore: decorator
@inline export function phi(v: v128): v128 {
  const quotient = f32x4.div(f32x4.sub(exp(v), f32x4.splat(1)), v);
  let series = f32x4.splat(1.0 / 362880.0);
  series = step(series, v, 1.0 / 40320.0);
  series = step(series, v, 1.0 / 5040.0);
  series = step(series, v, 1.0 / 720.0);
  series = step(series, v, 1.0 / 120.0);
  series = step(series, v, 1.0 / 24.0);
  series = step(series, v, 1.0 / 6.0);
  series = step(series, v, 0.5);
  series = step(series, v, 1);
  return v128.bitselect(series, quotient, f32x4.le(f32x4.abs(v), f32x4.splat(0.5)));
}

// @ts-ignore: decorator
@inline function step(sum: v128, v: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, v), f32x4.splat(coefficient));
}
