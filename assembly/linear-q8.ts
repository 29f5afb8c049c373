/**
 * linear with q8_0 weights and int16 activations (layouts: quantize-layout.ts; x and xScale come from quantizeRows, dIn
 * is divisible by 32, xStride is not used).
 *
 * Order of summation, for each (row, token): the 32 products of a block are added exactly, as integers (below 2^28);
 * the sum is rounded to float32, multiplied by the block's scale and added to the blocks before it, in ascending order;
 * then times the token's scale; bias; old value. The same for one token and for many.
 *
 * The unit of work is four groups of four rows far apart: groups unit + 0, q, 2q, 3q with q = ⌊groups/4⌋ and
 * groups = ⌈dOut/4⌉; the groups left over are the last unit; units = ⌈groups/4⌉. Scratch: a tile, then two groups as
 * int16 (17·dIn bytes, if they fit).
 */
import { scratchBytes } from './control';
import { LinearArgs, outAt, rowOfUnit, rowsIn } from './linear';
import { tokensAtATime } from './linear-f32';
import { dot16x1, dot8x4 } from './linear-q8-tile';
import { pointRows, sumsOf, Tile, tileBytes } from './linear-tile';
import { groupBytes, pairsOf, pairStep, scaleBytes, wideGroupBytes } from './quantize-layout';

/** Tokens from which weights are widened to int16 first (estimated, not measured). */
// @ts-ignore: decorator
@inline const widenFrom: i32 = 16;

export function linearQ8(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const tile = changetype<Tile>(scratch);
  const fits = tileBytes + 2 * wideGroupBytes(args.dIn) <= scratchBytes;
  const chunk = tokensAtATime(args.dIn);
  for (let start = 0; start < args.rows; start += chunk) {
    const end = min(start + chunk, args.rows);
    const quads = end & ~3;
    for (let unit = from; unit < to; unit++) {
      if (start < quads) {
        if (args.rows >= widenFrom && fits) quadsTimesUnit<i16>(args, unit, start, quads, tile);
        else quadsTimesUnit<i8>(args, unit, start, quads, tile);
      }
      for (let t = quads; t < end; t++) tokenTimesUnit(args, unit, t, tile);
    }
  }
}

/** One token: weights stream past. */
function tokenTimesUnit(args: LinearArgs, unit: i32, t: i32, tile: Tile): void {
  pointRows(tile, groupAt(args, unit, 0), groupAt(args, unit, 1), groupAt(args, unit, 2), groupAt(args, unit, 3));
  tile.x0 = pairsOf(args.x, args.rows, args.dIn, t);
  dot16x1(tile, pairStep(args.rows, t), args.dIn);
  const count = groupsIn(args, unit);
  for (let k = 0; k < count; k++) {
    finishGroup(args, t, groupOf(args, unit, k), v128.load(sumsOf(tile) + (<usize>k << 4)));
  }
}

/** Woven tokens [start, end); T says whether the weights are widened to int16 first. */
function quadsTimesUnit<T>(args: LinearArgs, unit: i32, start: i32, end: i32, tile: Tile): void {
  const count = groupsIn(args, unit);
  const wide = changetype<usize>(tile) + tileBytes;
  for (let k = 0; k < count; k += 2) {
    tile.w0 = groupAt(args, unit, k);
    tile.w1 = groupAt(args, unit, k + 1);
    if (sizeof<T>() == 2) {
      widenGroup(wide, tile.w0, args.dIn);
      widenGroup(wide + wideGroupBytes(args.dIn), tile.w1, args.dIn);
      tile.w0 = wide;
      tile.w1 = wide + wideGroupBytes(args.dIn);
    }
    for (let t = start; t < end; t += 4) {
      tile.x0 = pairsOf(args.x, args.rows, args.dIn, t);
      dot8x4<T>(tile, args.dIn);
      finishQuad(args, t, groupOf(args, unit, k), sumsOf(tile));
      if (k + 1 < count) finishQuad(args, t, groupOf(args, unit, k + 1), sumsOf(tile) + 64);
    }
  }
}

function widenGroup(wide: usize, w: usize, n: i32): void {
  for (const last = w + groupBytes(n); w < last; ) {
    v128.store(wide, v128.load(w));
    wide += scaleBytes;
    w += scaleBytes;
    for (const end = w + 128; w < end; w += 8) {
      v128.store(wide, v128.load8x8_s(w));
      wide += 16;
    }
  }
}

function finishQuad(args: LinearArgs, t: i32, group: i32, sums: usize): void {
  for (let m = 0; m < 4; m++) finishGroup(args, t + m, group, v128.load(sums + (<usize>m << 4)));
}

/** Scale, bias and old value for one token with the rows of a group. */
function finishGroup(args: LinearArgs, t: i32, group: i32, sums: v128): void {
  const i = 4 * group;
  const out = outAt(args, t, i);
  let y = f32x4.mul(sums, v128.load32_splat(args.xScale + (<usize>t << 2)));
  if (i + 4 <= args.dOut) {
    if (args.bias) y = f32x4.add(y, v128.load(args.bias + (<usize>i << 2)));
    if (args.add) y = f32x4.add(y, v128.load(out));
    v128.store(out, y);
    return;
  }
  for (let k = 0; k < args.dOut - i; k++) {
    let z = f32x4.extract_lane(y, 0);
    if (args.bias) z += load<f32>(args.bias + (<usize>(i + k) << 2));
    const at = out + (<usize>k << 2);
    if (args.add) z += load<f32>(at);
    store<f32>(at, z);
    y = i32x4.shuffle(y, y, 1, 2, 3, 0);
  }
}

/** Group k of a unit's four; the last unit repeats its last group. */
// @ts-ignore: decorator
@inline function groupOf(args: LinearArgs, unit: i32, k: i32): i32 {
  return rowOfUnit((args.dOut + 3) >> 2, false, unit, k);
}

// @ts-ignore: decorator
@inline function groupsIn(args: LinearArgs, unit: i32): i32 {
  return rowsIn((args.dOut + 3) >> 2, unit);
}

// @ts-ignore: decorator
@inline function groupAt(args: LinearArgs, unit: i32, k: i32): usize {
  return args.weight + <usize>groupOf(args, unit, k) * groupBytes(args.dIn);
}
