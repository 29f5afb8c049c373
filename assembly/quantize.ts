/**
 * quantizeRows: activations to int16, one scale a token, for linearQ8.
 *
 *   xScale[t] = max_j |x[t,j]| / 32767     xq[t,j] = round(x[t,j] · (32767 / max)), ties to even
 *
 * x (rows, dIn) is a view; xq as quantize-layout.ts says; xScale (rows) float32. dIn is even. A unit is a row.
 * A row with NaN or Infinity gets the scale NaN, a row of zeros the scale 0; their xq are 0.
 */
import { pairsOf, pairStep } from './quantize-layout';

@unmanaged
export class QuantizeArgs {
  xq: usize;
  xScale: usize;
  x: usize;
  xStride: u32;
  rows: i32;
  dIn: i32;
}

export function quantizeRows(args: QuantizeArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) {
    const x = args.x + ((<usize>t * args.xStride) << 2);
    const largest = largestOf(x, args.dIn);
    const usable = largest > 0 && largest < Infinity;

    // A row this small is lifted first, so that neither 32767/largest overflows nor the scale loses bits.
    const lift: f32 = largest < reinterpret<f32>(0x21800000) ? reinterpret<f32>(0x5d800000) : 1; // 2^-60, 2^60
    const factor: f32 = usable ? 32767 / (largest * lift) : 0;
    const scale: f32 = usable ? (largest * lift) / 32767 / lift : largest == 0 ? 0 : NaN;
    store<f32>(args.xScale + (<usize>t << 2), scale);
    quantizeRow(pairsOf(args.xq, args.rows, args.dIn, t), pairStep(args.rows, t), x, args.dIn, usable ? lift : 0, factor);
  }
}

/** max |x[j]|, NaN if one of them is. */
function largestOf(x: usize, n: i32): f32 {
  let lanes = f32x4.splat(0);
  const last = x + (<usize>n << 2);
  for (; x + 16 <= last; x += 16) lanes = f32x4.max(lanes, f32x4.abs(v128.load(x)));
  lanes = f32x4.max(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  let largest = max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1));
  for (; x < last; x += 4) largest = max(largest, abs(load<f32>(x)));
  return largest;
}

/** |x·lift·factor| ≤ 32767 + a rounding; the narrowing saturates. lift 0: all zeros, whatever x holds. */
function quantizeRow(dst: usize, step: usize, x: usize, n: i32, lift: f32, factor: f32): void {
  const keep = i32x4.splat(lift == 0 ? 0 : -1);
  for (const last = x + (<usize>n << 2); x < last; x += 8) {
    const lifted = f32x4.mul(v128.and(v128.load64_zero(x), keep), f32x4.splat(lift));
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(lifted, f32x4.splat(factor))));
    store<i32>(dst, i32x4.extract_lane(i16x8.narrow_i32x4_s(whole, whole), 0));
    dst += step;
  }
}
