/**
 * Dot products of four weight rows with one token or two, float32.
 *
 * Order of summation, for each (row, token): lane l adds up j = l, l + 4, l + 8 …; then (l0 + l2) + (l1 + l3); then
 * the dIn mod 4 last products, ascending. The product is rounded, then the sum; the relaxed build may fuse the two.
 * Rows and tokens are 4-aligned; `sums` takes four floats a token.
 */
// @ts-ignore: decorator
@inline export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));
}

/** The sums over the lanes of four vectors, (l0 + l2) + (l1 + l3) of each. */
// @ts-ignore: decorator
@inline export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return f32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}

/** One float of each of four rows. */
// @ts-ignore: decorator
@inline export function gather(w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  const w = f32x4.replace_lane(v128.load32_zero(w0), 1, load<f32>(w1));
  return f32x4.replace_lane(f32x4.replace_lane(w, 2, load<f32>(w2)), 3, load<f32>(w3));
}

// (measured: pointers that move, a loop tested at its head and one step an iteration: 46–48 GFLOP/s a thread where
// the machine's own limit is 50; an index added to fixed pointers 41, two or four steps an iteration 30–37, spilled)
export function dot4x2(w0: usize, w1: usize, w2: usize, w3: usize, x: usize, y: usize, n: i32, sums: usize): void {
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0);
  let x2 = f32x4.splat(0);
  let x3 = f32x4.splat(0);
  let y0 = f32x4.splat(0);
  let y1 = f32x4.splat(0);
  let y2 = f32x4.splat(0);
  let y3 = f32x4.splat(0);
  for (const last = x + (<usize>(n & ~3) << 2); x < last; x += 16) {
    const xs = v128.load(x);
    const ys = v128.load(y);
    const ws0 = v128.load(w0);
    x0 = multiplyAdd(x0, ws0, xs);
    y0 = multiplyAdd(y0, ws0, ys);
    const ws1 = v128.load(w1);
    x1 = multiplyAdd(x1, ws1, xs);
    y1 = multiplyAdd(y1, ws1, ys);
    const ws2 = v128.load(w2);
    x2 = multiplyAdd(x2, ws2, xs);
    y2 = multiplyAdd(y2, ws2, ys);
    const ws3 = v128.load(w3);
    x3 = multiplyAdd(x3, ws3, xs);
    y3 = multiplyAdd(y3, ws3, ys);
    y += 16;
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  let forX = laneSums(x0, x1, x2, x3);
  let forY = laneSums(y0, y1, y2, y3);
  for (const last = x + (<usize>(n & 3) << 2); x < last; x += 4) {
    const w = gather(w0, w1, w2, w3);
    forX = multiplyAdd(forX, w, v128.load32_splat(x));
    forY = multiplyAdd(forY, w, v128.load32_splat(y));
    y += 4;
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
  }
  v128.store(sums, forX);
  v128.store(sums, forY, 16);
}

export function dot4x1(w0: usize, w1: usize, w2: usize, w3: usize, x: usize, n: i32, sums: usize): void {
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0);
  let x2 = f32x4.splat(0);
  let x3 = f32x4.splat(0);
  for (const last = x + (<usize>(n & ~3) << 2); x < last; x += 16) {
    const xs = v128.load(x);
    x0 = multiplyAdd(x0, v128.load(w0), xs);
    x1 = multiplyAdd(x1, v128.load(w1), xs);
    x2 = multiplyAdd(x2, v128.load(w2), xs);
    x3 = multiplyAdd(x3, v128.load(w3), xs);
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  let total = laneSums(x0, x1, x2, x3);
  for (const last = x + (<usize>(n & 3) << 2); x < last; x += 4) {
    total = multiplyAdd(total, gather(w0, w1, w2, w3), v128.load32_splat(x));
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
  }
  v128.store(sums, total);
}
