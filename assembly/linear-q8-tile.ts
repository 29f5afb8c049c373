/**
 * Sums of woven q8_0 weights (quantize-layout.ts): of four groups of rows with one token, and of two groups with four
 * woven tokens. Order of summation: linear-q8.ts. As in linear-tile.ts the pointers are read from a tile.
 */
import { multiplyAdd, sumsOf, Tile } from './linear-tile';
import { groupBytes, scaleBytes } from './quantize-layout';

/** The token's pairs are `step` bytes apart. Sums: one float a row. n is divisible by 32. */
export function dot16x1(tile: Tile, step: usize, n: i32): void {
  let w0 = tile.w0;
  let w1 = tile.w1;
  let w2 = tile.w2;
  let w3 = tile.w3;
  let x = tile.x0;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const last = w0 + groupBytes(n); w0 < last; ) {
    const d0 = v128.load(w0);
    const d1 = v128.load(w1);
    const d2 = v128.load(w2);
    const d3 = v128.load(w3);
    let i0 = i32x4.splat(0);
    let i1 = i32x4.splat(0);
    let i2 = i32x4.splat(0);
    let i3 = i32x4.splat(0);
    // (measured: two pairs an iteration 29 GB/s, four 24)
    for (const end = w0 + 128; w0 < end; w0 += 16) {
      const xs = v128.load32_splat(x);
      const ys = v128.load32_splat(x + step);
      i0 = addPairs(i0, w0, xs, ys);
      i1 = addPairs(i1, w1, xs, ys);
      i2 = addPairs(i2, w2, xs, ys);
      i3 = addPairs(i3, w3, xs, ys);
      x += 2 * step;
      w1 += 16;
      w2 += 16;
      w3 += 16;
    }
    s0 = multiplyAdd(s0, f32x4.convert_i32x4_s(i0), d0);
    s1 = multiplyAdd(s1, f32x4.convert_i32x4_s(i1), d1);
    s2 = multiplyAdd(s2, f32x4.convert_i32x4_s(i2), d2);
    s3 = multiplyAdd(s3, f32x4.convert_i32x4_s(i3), d3);
    w0 += scaleBytes;
    w1 += scaleBytes;
    w2 += scaleBytes;
    w3 += scaleBytes;
  }
  v128.store(sumsOf(tile), s0);
  v128.store(sumsOf(tile), s1, 16);
  v128.store(sumsOf(tile), s2, 32);
  v128.store(sumsOf(tile), s3, 48);
}

/** Two pairs of four rows with two pairs of a token. */
// @ts-ignore: decorator
@inline function addPairs(sum: v128, w: usize, xs: v128, ys: v128): v128 {
  const first = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(w, scaleBytes), xs));
  return i32x4.add(first, i32x4.dot_i16x8_s(v128.load8x8_s(w, scaleBytes + 8), ys));
}

/** The weights of a pair in a block, int8 as they lie in memory or widened to int16. */
// @ts-ignore: decorator
@inline function pairAt<T>(w: usize): v128 {
  return sizeof<T>() == 2 ? v128.load(w) : v128.load8x8_s(w);
}

/**
 * Sums of group a, tokens 0 … 3, four rows each; then those of group b. (measured: one pair an iteration, since V8
 * spills with more: 80 G multiplications and additions a second, 62 with two pairs. The sums over the blocks stay in
 * memory: eight of each kind would not fit the registers)
 */
export function dot8x4<T>(tile: Tile, n: i32): void {
  let wa = tile.w0;
  let wb = tile.w1;
  let x = tile.x0;
  const pairBytes = <usize>8 * sizeof<T>();
  memory.fill(sumsOf(tile), 0, 128);
  for (const last = wa + <usize>(n >> 5) * (scaleBytes + 16 * pairBytes); wa < last; ) {
    const da = v128.load(wa);
    const db = v128.load(wb);
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    wa += scaleBytes;
    wb += scaleBytes;
    for (const end = wa + 16 * pairBytes; wa < end; wa += pairBytes) {
      const a = pairAt<T>(wa);
      const b = pairAt<T>(wb);
      const x0 = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, x0));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, x0));
      const x1 = v128.load32_splat(x, 4);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, x1));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, x1));
      const x2 = v128.load32_splat(x, 8);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, x2));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(b, x2));
      const x3 = v128.load32_splat(x, 12);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, x3));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(b, x3));
      x += 16;
      wb += pairBytes;
    }
    addScaled(tile, 0, a0, da);
    addScaled(tile, 16, a1, da);
    addScaled(tile, 32, a2, da);
    addScaled(tile, 48, a3, da);
    addScaled(tile, 64, b0, db);
    addScaled(tile, 80, b1, db);
    addScaled(tile, 96, b2, db);
    addScaled(tile, 112, b3, db);
  }
}

// @ts-ignore: decorator
@inline function addScaled(tile: Tile, offset: usize, block: v128, scales: v128): void {
  const sums = sumsOf(tile) + offset;
  v128.store(sums, multiplyAdd(v128.load(sums), f32x4.convert_i32x4_s(block), scales));
}
