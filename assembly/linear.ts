/**
 * What the linear kernels of all dtypes share:
 *
 *   out[t,i] = Σ_j weight[i,j]·x[t,j]  (+ bias[i])  (+ the old out[t,i], if add is not 0, last)
 *
 * out (rows, dOut) and x (rows, dIn) are views; weight (dOut, dIn) in the dtype's resident layout; bias (dOut) or 0.
 * out overlaps no other operand. Any rows, dIn, dOut ≥ 0; pointers to float32 are 4-aligned.
 *
 * The unit of work is four weight rows; units = ⌈dOut/4⌉; the dOut mod 4 rows left over are the last unit. For few
 * tokens the four lie far apart, unit + 0, q, 2q, 3q with q = ⌊dOut/4⌋ (measured: four distant streams wake the hardware's
 * prefetchers, 32 GB/s a thread in f32 against 17 for one row at a time). For many they are neighbours, so that a
 * token's four results are one store (out rows lie a multiple of some 2^k bytes apart, so that single floats of many tokens
 * would share few sets of the cache).
 */

/** Tokens from which a unit's rows are neighbours: each weight is then read from the cache more often than from memory. */
// @ts-ignore: decorator
@inline const nearFrom: i32 = 16;

@unmanaged
export class LinearArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  weight: usize;
  bias: usize;
  add: u32;
  rows: i32;
  dIn: i32;
  dOut: i32;
  /** linearQ8 only: the scales that quantizeRows wrote. */
  xScale: usize;
}

/** Row k of a unit's four; the last unit repeats its last row, and does not store it again. */
// @ts-ignore: decorator
@inline export function rowOf(args: LinearArgs, unit: i32, k: i32): i32 {
  return rowOfUnit(args.dOut, near(args), unit, k);
}

/** As {@link rowOf}, of n rows: neighbours or far apart. */
// @ts-ignore: decorator
@inline export function rowOfUnit(n: i32, neighbours: bool, unit: i32, k: i32): i32 {
  const q = n >> 2;
  if (unit >= q) return 4 * q + min(k, (n & 3) - 1);
  return neighbours ? 4 * unit + k : unit + k * q;
}

// @ts-ignore: decorator
@inline export function rowsIn(dOut: i32, unit: i32): i32 {
  return unit < dOut >> 2 ? 4 : dOut & 3;
}

// @ts-ignore: decorator
@inline function near(args: LinearArgs): bool {
  return args.rows >= nearFrom;
}

// @ts-ignore: decorator
@inline export function tokenAt(args: LinearArgs, t: i32): usize {
  return args.x + ((<usize>t * args.xStride) << 2);
}

// @ts-ignore: decorator
@inline export function outAt(args: LinearArgs, t: i32, i: i32): usize {
  return args.out + ((<usize>t * args.outStride + i) << 2);
}

/** Finishes one token's sums with the rows of a unit, one float a row: bias, then the old value. */
export function finishToken(args: LinearArgs, unit: i32, t: i32, sums: usize): void {
  const count = rowsIn(args.dOut, unit);
  if (near(args) && count == 4) {
    const i = rowOf(args, unit, 0);
    const out = outAt(args, t, i);
    let y = v128.load(sums);
    if (args.bias) y = f32x4.add(y, v128.load(args.bias + (<usize>i << 2)));
    if (args.add) y = f32x4.add(y, v128.load(out));
    v128.store(out, y);
    return;
  }
  for (let k = 0; k < count; k++) {
    const i = rowOf(args, unit, k);
    let y = load<f32>(sums + (<usize>k << 2));
    if (args.bias) y += load<f32>(args.bias + (<usize>i << 2));
    if (args.add) y += load<f32>(outAt(args, t, i));
    store<f32>(outAt(args, t, i), y);
  }
}
