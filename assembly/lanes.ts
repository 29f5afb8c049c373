/**
 * Four float32 or fewer: the tails of loops run the same vector code as their bodies, on the numbers there are.
 */

/** The first `count` of 4 numbers, the others 0. */
// @ts-ignore: decorator
@inline export function loadLanes(address: usize, count: i32): v128 {
  return count >= 4 ? v128.load(address) : loadFew(address, count);
}

// @ts-ignore: decorator
@inline export function storeLanes(address: usize, v: v128, count: i32): void {
  if (count >= 4) v128.store(address, v);
  else storeFew(address, v, count);
}

/** v in the first `count` lanes, 0 in the others, whatever stands there. */
// @ts-ignore: decorator
@inline export function keepLanes(v: v128, count: i32): v128 {
  return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

function loadFew(address: usize, count: i32): v128 {
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, load<f32>(address));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(address, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(address, 8));
  return v;
}

function storeFew(address: usize, v: v128, count: i32): void {
  if (count > 0) store<f32>(address, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(address, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(address, f32x4.extract_lane(v, 2), 8);
}

/** a + b·c: fused only in the relaxed build. */
// @ts-ignore: decorator
@inline export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(b, c, a);
  return f32x4.add(a, f32x4.mul(b, c));
}

/** (l0 + l2) + (l1 + l3) */
// @ts-ignore: decorator
@inline export function sumOfLanes(v: v128): f32 {
  const halves = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

/** The {@link sumOfLanes} of four vectors, side by side. */
// @ts-ignore: decorator
@inline export function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return f32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}
