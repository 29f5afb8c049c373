/**
 * LayerNorm of rows: out[t,i] = (x[t,i] − mean)·(1/sqrt(variance + eps))·weight[i] + bias[i]. Unit: a row; out may be x.
 *   mean = Σ_j x[t,j] / width · variance = Σ_j (x[t,j] − mean)² / width: two passes, since one cancels
 * Order of both sums: lane l of two f32x4 in turn adds j = l, l + 4 …, the two are added, then (l0 + l2) + (l1 + l3).
 */
import { keepLanes, loadLanes, storeLanes, sumOfLanes } from './lanes';

@unmanaged
export class LayerNormArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  weight: usize;
  bias: usize;
  width: i32;
  eps: f32;
}

export function layerNorm(args: LayerNormArgs, from: i32, to: i32): void {
  const width = args.width;
  for (let t = from; t < to; t++) {
    const x = args.x + ((<usize>t * <usize>args.xStride) << 2);
    const mean: f32 = sumOf(x, width) / <f32>width;
    const variance: f32 = sumOfSquares(x, width, f32x4.splat(mean)) / <f32>width;
    const inverse: f32 = <f32>1 / sqrt<f32>(variance + args.eps);
    normaliseRow(args, args.out + ((<usize>t * <usize>args.outStride) << 2), x, mean, inverse);
  }
}

function sumOf(x: usize, width: i32): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  for (let i = 0; i < width; i += 8) {
    even = f32x4.add(even, loadLanes(x + (<usize>i << 2), width - i));
    odd = f32x4.add(odd, loadLanes(x + (<usize>i << 2) + 16, width - i - 4));
  }
  return sumOfLanes(f32x4.add(even, odd));
}

function sumOfSquares(x: usize, width: i32, mean: v128): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  for (let i = 0; i < width; i += 8) {
    const v = distances(x + (<usize>i << 2), mean, width - i);
    const w = distances(x + (<usize>i << 2) + 16, mean, width - i - 4);
    even = f32x4.add(even, f32x4.mul(v, v));
    odd = f32x4.add(odd, f32x4.mul(w, w));
  }
  return sumOfLanes(f32x4.add(even, odd));
}

/** x − mean, 0 behind the row's end. */
// @ts-ignore: decorator
@inline function distances(x: usize, mean: v128, count: i32): v128 {
  const d = f32x4.sub(loadLanes(x, count), mean);
  return count >= 4 ? d : keepLanes(d, count);
}

function normaliseRow(args: LayerNormArgs, out: usize, x: usize, mean: f32, inverse: f32): void {
  const width = args.width;
  for (let i = 0; i < width; i += 4) {
    const at = <usize>i << 2;
    const d = f32x4.sub(loadLanes(x + at, width - i), f32x4.splat(mean));
    const scaled = f32x4.mul(f32x4.mul(d, f32x4.splat(inverse)), loadLanes(args.weight + at, width - i));
    storeLanes(out + at, f32x4.add(scaled, loadLanes(args.bias + at, width - i)), width - i);
  }
}
