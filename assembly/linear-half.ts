/**
 * linear with bf16 or f16 weights (layout: pack-half.ts). Operands, units: linear.ts. Bit for bit what linearF32 gives
 * on the widened weights: the order of summation is that of linear-tile.ts.
 *
 * Few tokens: weights are widened as they stream past. Many: the four rows of a unit are widened once into scratch
 * (16·dIn bytes, if they fit) for all tokens of a chunk.
 */
import { scratchBytes } from './control';
import { Bf16, F16, widenHigh, widenLow } from './half';
import { finishUnit, LinearArgs, rowOf, tokenAt } from './linear';
import { tokensAtATime, tokensTimesUnit } from './linear-f32';
import { laneSums, multiplyAdd } from './linear-tile';
import { widenRow } from './pack-half';

// @ts-ignore: decorator
@inline const sumBytes: usize = 32;
// @ts-ignore: decorator
@inline const fewTokens: i32 = 3;

export function linearBf16(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  linearHalf<Bf16>(args, from, to, scratch);
}

export function linearF16(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  linearHalf<F16>(args, from, to, scratch);
}

// @ts-ignore: decorator
@inline function linearHalf<T>(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const rowBytes = <usize>args.dIn << 2;
  if (args.rows <= fewTokens || sumBytes + 4 * rowBytes > scratchBytes) streamUnits<T>(args, from, to, scratch);
  else widenUnits<T>(args, from, to, scratch);
}

function streamUnits<T>(args: LinearArgs, from: i32, to: i32, sums: usize): void {
  for (let unit = from; unit < to; unit++) {
    const w0 = rowAt(args, unit, 0);
    const w1 = rowAt(args, unit, 1);
    const w2 = rowAt(args, unit, 2);
    const w3 = rowAt(args, unit, 3);
    for (let t = 0; t < args.rows; t++) {
      dot4x1Half<T>(w0, w1, w2, w3, tokenAt(args, t), args.dIn, sums);
      finishUnit(args, unit, t, sums);
    }
  }
}

function widenUnits<T>(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const rowBytes = <usize>args.dIn << 2;
  const w0 = scratch + sumBytes;
  const w1 = w0 + rowBytes;
  const w2 = w1 + rowBytes;
  const w3 = w2 + rowBytes;
  const chunk = tokensAtATime(args.dIn);
  for (let start = 0; start < args.rows; start += chunk) {
    const end = min(start + chunk, args.rows);
    for (let unit = from; unit < to; unit++) {
      widenRow<T>(w0, rowAt(args, unit, 0), args.dIn);
      widenRow<T>(w1, rowAt(args, unit, 1), args.dIn);
      widenRow<T>(w2, rowAt(args, unit, 2), args.dIn);
      widenRow<T>(w3, rowAt(args, unit, 3), args.dIn);
      tokensTimesUnit(args, unit, start, end, scratch, w0, w1, w2, w3);
    }
  }
}

function dot4x1Half<T>(w0: usize, w1: usize, w2: usize, w3: usize, x: usize, n: i32, sums: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const last = x + (<usize>(n & ~7) << 2); x < last; x += 32) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    s0 = addEight<T>(s0, v128.load(w0), low, high);
    s1 = addEight<T>(s1, v128.load(w1), low, high);
    s2 = addEight<T>(s2, v128.load(w2), low, high);
    s3 = addEight<T>(s3, v128.load(w3), low, high);
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  if (n & 4) {
    const xs = v128.load(x);
    s0 = multiplyAdd(s0, widenLow<T>(v128.load16x4_u(w0)), xs);
    s1 = multiplyAdd(s1, widenLow<T>(v128.load16x4_u(w1)), xs);
    s2 = multiplyAdd(s2, widenLow<T>(v128.load16x4_u(w2)), xs);
    s3 = multiplyAdd(s3, widenLow<T>(v128.load16x4_u(w3)), xs);
    x += 16;
    w0 += 8;
    w1 += 8;
    w2 += 8;
    w3 += 8;
  }
  let total = laneSums(s0, s1, s2, s3);
  for (const last = x + (<usize>(n & 3) << 2); x < last; x += 4) {
    total = multiplyAdd(total, gatherHalf<T>(w0, w1, w2, w3), v128.load32_splat(x));
    w0 += 2;
    w1 += 2;
    w2 += 2;
    w3 += 2;
  }
  v128.store(sums, total);
}

// @ts-ignore: decorator
@inline function addEight<T>(sum: v128, words: v128, low: v128, high: v128): v128 {
  return multiplyAdd(multiplyAdd(sum, widenLow<T>(words), low), widenHigh<T>(words), high);
}

/** One number of each of four rows. */
// @ts-ignore: decorator
@inline function gatherHalf<T>(w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  const pair = i32x4.replace_lane(i32x4.splat(load<u16>(w0)), 1, load<u16>(w1));
  return widenLow<T>(i32x4.replace_lane(i32x4.replace_lane(pair, 2, load<u16>(w2)), 3, load<u16>(w3)));
}

// @ts-ignore: decorator
@inline function rowAt(args: LinearArgs, unit: i32, k: i32): usize {
  return args.weight + ((<usize>rowOf(args.dOut, unit, k) * args.dIn) << 1);
}
