/**
 * The second product of attention, on four rows or on one: acc[r,:] += Σ_j p[r,j]·value[j,:].
 *
 * Order: j ascending, each column in a lane of its own; the same for one row and for four. The product is rounded, then the
 * sum; the relaxed build may fuse the two. `width` is a multiple of 8.
 */
import { AttentionTile } from './attention-tile';
import { multiplyAdd } from './lanes';

/** Four rows, eight columns at a time. */
export function weighFour(tile: AttentionTile, keys: i32, width: usize): void {
  const bytes = width << 2;
  for (let column: usize = 0; column < bytes; column += 32) {
    let v = tile.v + column;
    let p = tile.p;
    let acc = tile.acc + column;
    let a0 = v128.load(acc);
    let a1 = v128.load(acc, 16);
    acc += bytes;
    let b0 = v128.load(acc);
    let b1 = v128.load(acc, 16);
    acc += bytes;
    let c0 = v128.load(acc);
    let c1 = v128.load(acc, 16);
    acc += bytes;
    let d0 = v128.load(acc);
    let d1 = v128.load(acc, 16);
    for (const last = p + (<usize>keys << 2); p < last; p += 4) {
      const v0 = v128.load(v);
      const v1 = v128.load(v, 16);
      const a = v128.load32_splat(p);
      a0 = multiplyAdd(a0, a, v0);
      a1 = multiplyAdd(a1, a, v1);
      const b = v128.load32_splat(p, 256);
      b0 = multiplyAdd(b0, b, v0);
      b1 = multiplyAdd(b1, b, v1);
      const c = v128.load32_splat(p, 512);
      c0 = multiplyAdd(c0, c, v0);
      c1 = multiplyAdd(c1, c, v1);
      const d = v128.load32_splat(p, 768);
      d0 = multiplyAdd(d0, d, v0);
      d1 = multiplyAdd(d1, d, v1);
      v += bytes;
    }
    v128.store(acc, d0);
    v128.store(acc, d1, 16);
    acc -= bytes;
    v128.store(acc, c0);
    v128.store(acc, c1, 16);
    acc -= bytes;
    v128.store(acc, b0);
    v128.store(acc, b1, 16);
    acc -= bytes;
    v128.store(acc, a0);
    v128.store(acc, a1, 16);
  }
}

/** One row, 32 columns at a time, so that eight sums side by side need not wait for each other; then eight. */
export function weighOne(tile: AttentionTile, keys: i32, width: usize): void {
  const bytes = width << 2;
  let column: usize = 0;
  for (; column + 128 <= bytes; column += 128) weighWide(tile, keys, column, bytes);
  for (; column < bytes; column += 32) {
    const acc = tile.acc + column;
    let v = tile.v + column;
    let p = tile.p;
    let a0 = v128.load(acc);
    let a1 = v128.load(acc, 16);
    for (const last = p + (<usize>keys << 2); p < last; p += 4) {
      const x = v128.load32_splat(p);
      a0 = multiplyAdd(a0, x, v128.load(v));
      a1 = multiplyAdd(a1, x, v128.load(v, 16));
      v += bytes;
    }
    v128.store(acc, a0);
    v128.store(acc, a1, 16);
  }
}

function weighWide(tile: AttentionTile, keys: i32, column: usize, bytes: usize): void {
  const acc = tile.acc + column;
  let v = tile.v + column;
  let p = tile.p;
  let a0 = v128.load(acc);
  let a1 = v128.load(acc, 16);
  let a2 = v128.load(acc, 32);
  let a3 = v128.load(acc, 48);
  let a4 = v128.load(acc, 64);
  let a5 = v128.load(acc, 80);
  let a6 = v128.load(acc, 96);
  let a7 = v128.load(acc, 112);
  for (const last = p + (<usize>keys << 2); p < last; p += 4) {
    const x = v128.load32_splat(p);
    a0 = multiplyAdd(a0, x, v128.load(v));
    a1 = multiplyAdd(a1, x, v128.load(v, 16));
    a2 = multiplyAdd(a2, x, v128.load(v, 32));
    a3 = multiplyAdd(a3, x, v128.load(v, 48));
    a4 = multiplyAdd(a4, x, v128.load(v, 64));
    a5 = multiplyAdd(a5, x, v128.load(v, 80));
    a6 = multiplyAdd(a6, x, v128.load(v, 96));
    a7 = multiplyAdd(a7, x, v128.load(v, 112));
    v += bytes;
  }
  v128.store(acc, a0);
  v128.store(acc, a1, 16);
  v128.store(acc, a2, 32);
  v128.store(acc, a3, 48);
  v128.store(acc, a4, 64);
  v128.store(acc, a5, 80);
  v128.store(acc, a6, 96);
  v128.store(acc, a7, 112);
}
