/**
 * RMSNorm of rows: out[t,i] = x[t,i]·(1/sqrt(mean_j x[t,j]² + eps))·weight[i]. Unit: a row; out may be x.
 * Order: lane l of two f32x4 in turn adds the squares of j = l, l + 4 …, the two are added, then (l0 + l2) + (l1 + l3).
 */
import { loadLanes, storeLanes, sumOfLanes } from './lanes';

@unmanaged
export class RmsNormArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  weight: usize; // or 0
  width: i32;
  eps: f32;
}

export function rmsNorm(args: RmsNormArgs, from: i32, to: i32): void {
  for (let t = from; t < to; t++) {
    const x = args.x + ((<usize>t * <usize>args.xStride) << 2);
    const inverse: f32 = <f32>1 / sqrt<f32>(sumOfSquares(x, args.width) / <f32>args.width + args.eps);
    scaleRow(args, args.out + ((<usize>t * <usize>args.outStride) << 2), x, f32x4.splat(inverse));
  }
}

function sumOfSquares(x: usize, width: i32): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  for (let i = 0; i < width; i += 8) {
    const v = loadLanes(x + (<usize>i << 2), width - i);
    const w = loadLanes(x + (<usize>i << 2) + 16, width - i - 4);
    even = f32x4.add(even, f32x4.mul(v, v));
    odd = f32x4.add(odd, f32x4.mul(w, w));
  }
  return sumOfLanes(f32x4.add(even, odd));
}

function scaleRow(args: RmsNormArgs, out: usize, x: usize, inverse: v128): void {
  const width = args.width;
  for (let i = 0; i < width; i += 4) {
    const at = <usize>i << 2;
    let v = f32x4.mul(loadLanes(x + at, width - i), inverse);
    if (args.weight != 0) v = f32x4.mul(v, loadLanes(args.weight + at, width - i));
    storeLanes(out + at, v, width - i);
  }
}
