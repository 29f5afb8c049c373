/**
 * quantizeRows: activations to int16, one scale a token, for linearQ8.
 *
 *   xScale[t] = max_j |x[t,j]| / 32767     xq[t,j] = round(x[t,j] · (32767 / max)), ties to even
 *
 * x (rows, dIn) is a view; xq as quantize-layout.ts says; xScale (rows) float32. dIn is divisible by 32. A unit is four
 * rows. A row with NaN or Infinity gets the scale NaN, a row of zeros the scale 0.
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
  for (let unit = from; unit < to; unit++) {
    const t = 4 * unit;
    if (t + 4 <= args.rows) quantizeFour(args, t);
    else for (let i = t; i < args.rows; i++) quantizeOne(args, i, largestOf(rowAt(args, i), args.dIn));
  }
}

/** Four rows, which are woven: a store is a pair of each (measured: 40 → 8 ms for the prompt of bench/layer.ts, in q8_0). */
function quantizeFour(args: QuantizeArgs, t: i32): void {
  let x0 = rowAt(args, t);
  let x1 = rowAt(args, t + 1);
  let x2 = rowAt(args, t + 2);
  let x3 = rowAt(args, t + 3);
  const most0 = largestOf(x0, args.dIn);
  const most1 = largestOf(x1, args.dIn);
  const most2 = largestOf(x2, args.dIn);
  const most3 = largestOf(x3, args.dIn);
  if (min(min(nonzero(most0), nonzero(most1)), min(nonzero(most2), nonzero(most3))) < tiny) {
    quantizeOne(args, t, most0);
    quantizeOne(args, t + 1, most1);
    quantizeOne(args, t + 2, most2);
    quantizeOne(args, t + 3, most3);
    return;
  }
  const factor0 = f32x4.splat(factorOf(args, t, most0, 1));
  const factor1 = f32x4.splat(factorOf(args, t + 1, most1, 1));
  const factor2 = f32x4.splat(factorOf(args, t + 2, most2, 1));
  const factor3 = f32x4.splat(factorOf(args, t + 3, most3, 1));
  let pairs = pairsOf(args.xq, args.rows, args.dIn, t);
  for (const last = x0 + (<usize>args.dIn << 2); x0 < last; x0 += 16) {
    const low = i16x8.narrow_i32x4_s(rounded(v128.load(x0), factor0), rounded(v128.load(x1), factor1));
    const high = i16x8.narrow_i32x4_s(rounded(v128.load(x2), factor2), rounded(v128.load(x3), factor3));
    v128.store(pairs, i32x4.shuffle(low, high, 0, 2, 4, 6));
    v128.store(pairs, i32x4.shuffle(low, high, 1, 3, 5, 7), 16);
    pairs += 32;
    x1 += 16;
    x2 += 16;
    x3 += 16;
  }
}

/** A row below it is lifted first, so that neither 32767/max overflows nor the scale loses bits: 2^−60. */
// @ts-ignore: decorator
@inline const tiny: f32 = 8.673617379884035e-19;
/** 2^60 */
// @ts-ignore: decorator
@inline const lifted: f32 = 1152921504606846976;

// @ts-ignore: decorator
@inline function nonzero(most: f32): f32 {
  return most == 0 ? 1 : most;
}

/** One row, woven with three others or not. */
function quantizeOne(args: QuantizeArgs, t: i32, most: f32): void {
  const lift = most < tiny ? lifted : <f32>1;
  const factor = f32x4.splat(factorOf(args, t, most, lift));
  const step = pairStep(args.rows, t);
  let pair = pairsOf(args.xq, args.rows, args.dIn, t);
  let x = rowAt(args, t);
  for (const last = x + (<usize>args.dIn << 2); x < last; x += 16) {
    const whole = rounded(f32x4.mul(v128.load(x), f32x4.splat(lift)), factor);
    const narrow = i16x8.narrow_i32x4_s(whole, whole);
    v128.store_lane<i32>(pair, narrow, 0);
    v128.store_lane<i32>(pair + step, narrow, 1);
    pair += 2 * step;
  }
}

// @ts-ignore: decorator
@inline function rowAt(args: QuantizeArgs, t: i32): usize {
  return args.x + ((<usize>t * args.xStride) << 2);
}

/** max |x[j]|, NaN if one of them is: without their signs, floats are ordered as integers, and NaN comes last. */
function largestOf(x: usize, n: i32): f32 {
  const mask = i32x4.splat(0x7fffffff);
  let lanes = i32x4.splat(0);
  for (const last = x + (<usize>n << 2); x < last; x += 16) {
    lanes = i32x4.max_u(lanes, v128.and(v128.load(x), mask));
  }
  lanes = i32x4.max_u(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  lanes = i32x4.max_u(lanes, i32x4.shuffle(lanes, lanes, 1, 0, 3, 2));
  return f32x4.extract_lane(lanes, 0);
}

/** Stores the scale. @returns what x·lift is multiplied by */
function factorOf(args: QuantizeArgs, t: i32, most: f32, lift: f32): f32 {
  const usable = most > 0 && most < Infinity;
  const scale: f32 = usable ? (most * lift) / 32767 / lift : most == 0 ? 0 : NaN;
  store<f32>(args.xScale + (<usize>t << 2), scale);
  return usable ? 32767 / (most * lift) : 0;
}

/** v·factor, at most 32767 and a rounding, as an integer: 1.5·2^23 leaves it in the low bits. */
// @ts-ignore: decorator
@inline function rounded(v: v128, factor: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(v, factor), f32x4.splat(12582912)), i32x4.splat(0x4b400000));
}
