/**
 * linear with bf16 or f16 weights (layout: pack-half.ts). Operands, units: linear.ts. Bit for bit what linearF32 gives
 * on the widened weights: the order of summation is that of linear-tile.ts.
 *
 * Few tokens: weights are widened as they stream past. Many: the four rows of a unit are widened into scratch (16·dIn
 * bytes, if they fit) for all tokens of a chunk.
 */
import { scratchBytes } from './control';
import { Bf16, F16, FiniteF16, isFiniteF16, sizesOf, widenHigh, widenLow } from './half';
import { finishToken, LinearArgs, rowOf, tokenAt } from './linear';
import { tokensAtATime, tokensTimesUnit } from './linear-f32';
import { laneSums, multiplyAdd, pointRows, sumsOf, Tile, tileBytes } from './linear-tile';
import { widenRows } from './pack-half';

/** Tokens from which weights are widened once: the tile of two tokens reads float32. */
// @ts-ignore: decorator
@inline const widenFrom: i32 = 4;

export function linearBf16(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  linearHalf<Bf16>(args, from, to, scratch);
}

export function linearF16(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  linearHalf<F16>(args, from, to, scratch);
}

// @ts-ignore: decorator
@inline function linearHalf<T>(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const fits = tileBytes + (<usize>args.dIn << 4) <= scratchBytes;
  if (args.rows >= widenFrom && fits) widenUnits<T>(args, from, to, changetype<Tile>(scratch));
  else streamUnits<T>(args, from, to, changetype<Tile>(scratch));
}

function streamUnits<T>(args: LinearArgs, from: i32, to: i32, tile: Tile): void {
  for (let unit = from; unit < to; unit++) {
    pointAt(args, unit, tile);
    for (let t = 0; t < args.rows; t++) {
      tile.x0 = tokenAt(args, t);
      const right = isSigned<T>() ? dot4x1Half<T>(tile, args.dIn) : dot4x1Half<FiniteF16>(tile, args.dIn);
      if (!right) dot4x1Half<T>(tile, args.dIn);
      finishToken(args, unit, t, sumsOf(tile));
    }
  }
}

function widenUnits<T>(args: LinearArgs, from: i32, to: i32, tile: Tile): void {
  const wide = changetype<usize>(tile) + tileBytes;
  const bytes = <usize>args.dIn << 2;
  const chunk = tokensAtATime(args.dIn);
  for (let start = 0; start < args.rows; start += chunk) {
    const end = min(start + chunk, args.rows);
    for (let unit = from; unit < to; unit++) {
      pointAt(args, unit, tile);
      widenRows<T>(wide, tile, args.dIn);
      tokensTimesUnit(args, unit, start, end, tile, wide, wide + bytes, wide + 2 * bytes, wide + 3 * bytes);
    }
  }
}

/** @returns false if T promised finite weights and one is not: the sums are wrong then */
function dot4x1Half<T>(tile: Tile, n: i32): bool {
  let w0 = tile.w0;
  let w1 = tile.w1;
  let w2 = tile.w2;
  let w3 = tile.w3;
  let x = tile.x0;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let largest = i16x8.splat(0);
  for (const last = x + (<usize>(n & ~7) << 2); x < last; x += 32) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    s0 = addEight<T>(s0, v128.load(w0), low, high);
    s1 = addEight<T>(s1, v128.load(w1), low, high);
    s2 = addEight<T>(s2, v128.load(w2), low, high);
    s3 = addEight<T>(s3, v128.load(w3), low, high);
    if (isFiniteF16<T>()) {
      largest = i16x8.max_u(largest, i16x8.max_u(sizesOf(v128.load(w0)), sizesOf(v128.load(w1))));
      largest = i16x8.max_u(largest, i16x8.max_u(sizesOf(v128.load(w2)), sizesOf(v128.load(w3))));
    }
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  if (n & 4) {
    const xs = v128.load(x);
    s0 = multiplyAdd(s0, widenRest<T>(v128.load16x4_u(w0)), xs);
    s1 = multiplyAdd(s1, widenRest<T>(v128.load16x4_u(w1)), xs);
    s2 = multiplyAdd(s2, widenRest<T>(v128.load16x4_u(w2)), xs);
    s3 = multiplyAdd(s3, widenRest<T>(v128.load16x4_u(w3)), xs);
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
  v128.store(sumsOf(tile), total);
  return !isFiniteF16<T>() || i16x8.all_true(i16x8.lt_u(largest, i16x8.splat(0x7c00)));
}

// @ts-ignore: decorator
@inline function addEight<T>(sum: v128, words: v128, low: v128, high: v128): v128 {
  return multiplyAdd(multiplyAdd(sum, widenLow<T>(words), low), widenHigh<T>(words), high);
}

/** The numbers behind the last eight, whether finite or not. */
// @ts-ignore: decorator
@inline function widenRest<T>(words: v128): v128 {
  return isFiniteF16<T>() ? widenLow<F16>(words) : widenLow<T>(words);
}

/** One number of each of four rows. */
// @ts-ignore: decorator
@inline function gatherHalf<T>(w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  const pair = i32x4.replace_lane(i32x4.splat(load<u16>(w0)), 1, load<u16>(w1));
  return widenRest<T>(i32x4.replace_lane(i32x4.replace_lane(pair, 2, load<u16>(w2)), 3, load<u16>(w3)));
}

// @ts-ignore: decorator
@inline function pointAt(args: LinearArgs, unit: i32, tile: Tile): void {
  pointRows(tile, rowAt(args, unit, 0), rowAt(args, unit, 1), rowAt(args, unit, 2), rowAt(args, unit, 3));
}

// @ts-ignore: decorator
@inline function rowAt(args: LinearArgs, unit: i32, k: i32): usize {
  return args.weight + ((<usize>rowOf(args, unit, k) * args.dIn) << 1);
}
