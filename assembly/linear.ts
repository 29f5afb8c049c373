/**
 * What the linear kernels of all dtypes share:
 *
 *   out[t,i] = Σ_j weight[i,j]·x[t,j]  (+ bias[i])  (+ the old out[t,i], if add is not 0, last)
 *
 * out (rows, dOut) and x (rows, dIn) are views; weight (dOut, dIn) in the dtype's resident layout; bias (dOut) or 0.
 * out overlaps no other operand. Any rows, dIn, dOut ≥ 0; pointers to float32 are 4-aligned.
 *
 * The unit of work is four weight rows far apart, unit + 0, q, 2q, 3q with q = ⌊dOut/4⌋, so units = ⌈dOut/4⌉; the
 * dOut mod 4 rows left over are the last unit. (measured: four distant streams wake the hardware's prefetchers, 32 GB/s
 * a thread in f32 against 17 for one row at a time)
 */
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
@inline export function rowOf(dOut: i32, unit: i32, k: i32): i32 {
  const q = dOut >> 2;
  return unit < q ? unit + k * q : 4 * q + min(k, (dOut & 3) - 1);
}

// @ts-ignore: decorator
@inline export function rowsIn(dOut: i32, unit: i32): i32 {
  return unit < dOut >> 2 ? 4 : dOut & 3;
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
  for (let k = 0; k < count; k++) {
    const i = rowOf(args.dOut, unit, k);
    let y = load<f32>(sums + (<usize>k << 2));
    if (args.bias) y += load<f32>(args.bias + (<usize>i << 2));
    if (args.add) y += load<f32>(outAt(args, t, i));
    store<f32>(outAt(args, t, i), y);
  }
}

/** Finishes the sums of tokens t … t + 3 with row i, four floats at `sums`. */
export function finishRow(args: LinearArgs, i: i32, t: i32, sums: usize): void {
  let y = v128.load(sums);
  if (args.bias) y = f32x4.add(y, v128.load32_splat(args.bias + (<usize>i << 2)));
  const stride = <usize>args.outStride << 2;
  const out = outAt(args, t, i);
  if (args.add) {
    let old = f32x4.replace_lane(v128.load32_zero(out), 1, load<f32>(out + stride));
    old = f32x4.replace_lane(old, 2, load<f32>(out + 2 * stride));
    y = f32x4.add(y, f32x4.replace_lane(old, 3, load<f32>(out + 3 * stride)));
  }
  v128.store_lane<f32>(out, y, 0);
  v128.store_lane<f32>(out + stride, y, 1);
  v128.store_lane<f32>(out + 2 * stride, y, 2);
  v128.store_lane<f32>(out + 3 * stride, y, 3);
}
