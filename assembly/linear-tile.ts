/**
 * Dot products of four weight rows with one token or with two, float32. A tile is a record at the
 * start of the scratch: where the rows and tokens lie, and room for the sums.
 *
 * Order of summation, for each (row, token): lane l adds up j = l, l + 4, l + 8 …; then (l0 + l2) + (l1 + l3); then
 * the dIn mod 4 last products, ascending. The product is rounded, then the sum; the relaxed build may fuse the two.
 * Rows and tokens are 4-aligned. Sums: one float a row, token after token.
 *
 * (measured: the pointers are read from memory, not passed, since V8 knows that a loaded 32-bit number has no upper half
 * but copies a parameter before every use as an address: 43 GFLOP/s a thread against 37)
 */
@unmanaged
export class Tile {
  w0: usize;
  w1: usize;
  w2: usize;
  w3: usize;
  x0: usize;
  x1: usize;
}

/** Bytes of a tile with its sums; what follows in the scratch is the kernel's own. */
// @ts-ignore: decorator
@inline export const tileBytes: usize = 192;

// @ts-ignore: decorator
@inline export function sumsOf(tile: Tile): usize {
  return changetype<usize>(tile) + 32;
}

export function pointRows(tile: Tile, w0: usize, w1: usize, w2: usize, w3: usize): void {
  tile.w0 = w0;
  tile.w1 = w1;
  tile.w2 = w2;
  tile.w3 = w3;
}

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

/** One float from each of four places. */
// @ts-ignore: decorator
@inline export function gather(w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  const w = f32x4.replace_lane(v128.load32_zero(w0), 1, load<f32>(w1));
  return f32x4.replace_lane(f32x4.replace_lane(w, 2, load<f32>(w2)), 3, load<f32>(w3));
}

// (measured on the loop of a 2 × 4 tile alone, as many products and loads: pointers that move, tested at its head and one step an iteration: 46 GFLOP/s a thread where
// the machine's own limit is 50; an index added to fixed pointers 41; two or four steps an iteration 30–37, spilled)
/** The sums of token 0 go to sums[0 … 3], those of token 1 to sums[4 … 7]. */
export function dot4x2(tile: Tile, n: i32): void {
  let w0 = tile.w0;
  let w1 = tile.w1;
  let w2 = tile.w2;
  let w3 = tile.w3;
  let xa = tile.x0;
  let xb = tile.x1;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (const last = xa + (<usize>(n & ~3) << 2); xa < last; xa += 16) {
    const a = v128.load(xa);
    const b = v128.load(xb);
    const v0 = v128.load(w0);
    a0 = multiplyAdd(a0, v0, a);
    b0 = multiplyAdd(b0, v0, b);
    const v1 = v128.load(w1);
    a1 = multiplyAdd(a1, v1, a);
    b1 = multiplyAdd(b1, v1, b);
    const v2 = v128.load(w2);
    a2 = multiplyAdd(a2, v2, a);
    b2 = multiplyAdd(b2, v2, b);
    const v3 = v128.load(w3);
    a3 = multiplyAdd(a3, v3, a);
    b3 = multiplyAdd(b3, v3, b);
    xb += 16;
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  let a = laneSums(a0, a1, a2, a3);
  let b = laneSums(b0, b1, b2, b3);
  for (const last = xa + (<usize>(n & 3) << 2); xa < last; xa += 4) {
    const w = gather(w0, w1, w2, w3);
    a = multiplyAdd(a, w, v128.load32_splat(xa));
    b = multiplyAdd(b, w, v128.load32_splat(xb));
    xb += 4;
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
  }
  v128.store(sumsOf(tile), a);
  v128.store(sumsOf(tile), b, 16);
}

export function dot4x1(tile: Tile, n: i32): void {
  let w0 = tile.w0;
  let w1 = tile.w1;
  let w2 = tile.w2;
  let w3 = tile.w3;
  let x = tile.x0;
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
  v128.store(sumsOf(tile), total);
}
