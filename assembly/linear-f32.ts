/**
 * linear with float32 weights, rows of dIn floats one after another, 4-aligned. Operands, units: linear.ts; order of
 * summation: linear-tile.ts, the same for one token and for many. Scratch: a tile.
 */
import { finishRow, finishToken, LinearArgs, rowOf, rowsIn, tokenAt } from './linear';
import { dot2x4, dot4x1, pointRows, pointTokens, sumsOf, Tile } from './linear-tile';

export function linearF32(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const tile = changetype<Tile>(scratch);
  const chunk = tokensAtATime(args.dIn);
  for (let start = 0; start < args.rows; start += chunk) {
    const end = min(start + chunk, args.rows);
    for (let unit = from; unit < to; unit++) {
      const w0 = rowAt(args, unit, 0);
      const w1 = rowAt(args, unit, 1);
      const w2 = rowAt(args, unit, 2);
      const w3 = rowAt(args, unit, 3);
      tokensTimesUnit(args, unit, start, end, tile, w0, w1, w2, w3);
    }
  }
}

/** Tokens [start, end) with the rows of a unit, wherever these lie as float32: fours with pairs of rows, then the rest. */
export function tokensTimesUnit(
  args: LinearArgs,
  unit: i32,
  start: i32,
  end: i32,
  tile: Tile,
  w0: usize,
  w1: usize,
  w2: usize,
  w3: usize,
): void {
  const quads = start + ((end - start) & ~3);
  if (start < quads) {
    quadsTimesPair(args, unit, 0, start, quads, tile, w0, w1);
    quadsTimesPair(args, unit, 2, start, quads, tile, w2, w3);
  }
  pointRows(tile, w0, w1, w2, w3);
  for (let t = quads; t < end; t++) {
    tile.x0 = tokenAt(args, t);
    dot4x1(tile, args.dIn);
    finishToken(args, unit, t, sumsOf(tile));
  }
}

/** Rows k and k + 1 of the unit's four. */
function quadsTimesPair(
  args: LinearArgs,
  unit: i32,
  k: i32,
  start: i32,
  end: i32,
  tile: Tile,
  wa: usize,
  wb: usize,
): void {
  const count = rowsIn(args.dOut, unit);
  if (k >= count) return;
  tile.w0 = wa;
  tile.w1 = wb;
  const a = rowOf(args.dOut, unit, k);
  const b = rowOf(args.dOut, unit, k + 1);
  for (let t = start; t < end; t += 4) {
    pointTokens(tile, tokenAt(args, t), args.xStride);
    dot2x4(tile, args.dIn);
    finishRow(args, a, t, sumsOf(tile));
    if (k + 1 < count) finishRow(args, b, t, sumsOf(tile) + 16);
  }
}

/** Tokens, in fours, that stay in the second-level cache while the units pass (measured: +5 % on 512 × 768). */
// @ts-ignore: decorator
@inline export function tokensAtATime(dIn: i32): i32 {
  return max(32, (98304 / max(dIn, 1)) & ~3);
}

// @ts-ignore: decorator
@inline function rowAt(args: LinearArgs, unit: i32, k: i32): usize {
  return args.weight + ((<usize>rowOf(args.dOut, unit, k) * args.dIn) << 2);
}
