/**
 * The first product of attention, on four rows or on one: p[r,j] = Σ_d q[r,d]·key[j,d].
 *
 * Order: d ascending, each (r, j) in a lane of its own; the same for one row and for four. The product is rounded, then the
 * sum; the relaxed build may fuse the two.
 */
import { AttentionTile } from './attention-tile';
import { multiplyAdd } from './lanes';

/** Four rows with `groups` groups of keys. */
export function scoresOfFour(tile: AttentionTile, groups: i32, headDim: i32): void {
  let p = tile.p;
  let k = tile.k;
  for (let g = 0; g < groups; g++) {
    let q = tile.q;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (const last = q + (<usize>headDim << 4); q < last; q += 16) {
      const k0 = v128.load(k);
      const k1 = v128.load(k, 16);
      const a = v128.load32_splat(q);
      a0 = multiplyAdd(a0, a, k0);
      a1 = multiplyAdd(a1, a, k1);
      const b = v128.load32_splat(q, 4);
      b0 = multiplyAdd(b0, b, k0);
      b1 = multiplyAdd(b1, b, k1);
      const c = v128.load32_splat(q, 8);
      c0 = multiplyAdd(c0, c, k0);
      c1 = multiplyAdd(c1, c, k1);
      const d = v128.load32_splat(q, 12);
      d0 = multiplyAdd(d0, d, k0);
      d1 = multiplyAdd(d1, d, k1);
      k += 32;
    }
    v128.store(p, a0);
    v128.store(p, a1, 16);
    v128.store(p, b0, 256);
    v128.store(p, b1, 272);
    v128.store(p, c0, 512);
    v128.store(p, c1, 528);
    v128.store(p, d0, 768);
    v128.store(p, d1, 784);
    p += 32;
  }
}

/** One row; keys in two groups at a time, as long as there are two. */
export function scoresOfOne(tile: AttentionTile, groups: i32, headDim: i32): void {
  const bytes = <usize>headDim << 5;
  let p = tile.p;
  let k = tile.k;
  let g = 0;
  for (; g + 2 <= groups; g += 2) {
    let q = tile.q;
    let far = k + bytes;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    for (const last = q + (<usize>headDim << 2); q < last; q += 4) {
      const x = v128.load32_splat(q);
      a0 = multiplyAdd(a0, x, v128.load(k));
      a1 = multiplyAdd(a1, x, v128.load(k, 16));
      b0 = multiplyAdd(b0, x, v128.load(far));
      b1 = multiplyAdd(b1, x, v128.load(far, 16));
      k += 32;
      far += 32;
    }
    v128.store(p, a0);
    v128.store(p, a1, 16);
    v128.store(p, b0, 32);
    v128.store(p, b1, 48);
    p += 64;
    k += bytes;
  }
  if (g < groups) {
    let q = tile.q;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    for (const last = q + (<usize>headDim << 2); q < last; q += 4) {
      const x = v128.load32_splat(q);
      a0 = multiplyAdd(a0, x, v128.load(k));
      a1 = multiplyAdd(a1, x, v128.load(k, 16));
      k += 32;
    }
    v128.store(p, a0);
    v128.store(p, a1, 16);
  }
}
