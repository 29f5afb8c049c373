/**
 * log(1 + e) on four float32, for 0 ≤ e ≤ 1; NaN stays NaN.
 *
 *   1 + e = 2^k·(1 + f), k = 1 from e = ½ on, −¼ ≤ f < ½ · s = f/(2 + f)
 *   log(1 + e) = k·log 2 + f − (f²/2 − s·(f²/2 + s²·p(s²)))
 *
 * The form is fdlibm's (Sun, 1993): near 0 the leading f is exact, so that small results keep all their digits. p has
 * degree 2, a minimax approximation on |s| ≤ 0.2 found by Remez' exchange: relative error of the logarithm below 2.9e-9.
 */

// @ts-ignore: decorator
@inline export function log1pUnit(e: v128): v128 {
  const halved = f32x4.ge(e, f32x4.splat(0.5));
  const lower = f32x4.sub(f32x4.mul(e, f32x4.splat(0.5)), f32x4.splat(0.5)); // (e − 1)/2, exact
  const f = v128.bitselect(lower, e, halved);
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(z, f32x4.splat(0.3036074959)), f32x4.splat(0.399578170773));
  p = f32x4.add(f32x4.mul(z, p), f32x4.splat(0.666669474336));
  const halfSquare = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  const tail = f32x4.mul(s, f32x4.add(halfSquare, f32x4.mul(z, p)));
  // log 2 in two parts, the first with 15 bits
  const low = v128.and(halved, f32x4.splat(1.42860682030941723212e-6));
  const high = v128.and(halved, f32x4.splat(0.693145751953125));
  return f32x4.sub(high, f32x4.sub(f32x4.sub(halfSquare, f32x4.add(tail, low)), f));
}
