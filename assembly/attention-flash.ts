/**
 * Attention without a matrix of scores: tiles of 64 keys pass by, and what a row has summed up is scaled down whenever a
 * larger score comes (online softmax: Milakov & Gimelshein 2018, arXiv 1805.02867; tiles: Dao et al. 2022, arXiv
 * 2205.14135). Tiles that no row of a block sees are never read: a local layer costs O(rows·window).
 * Unit: a head and a block of rows. Arguments: attention-args.ts.
 *
 * Order, for each row, tiles ascending: the largest score m so far; then c = exp(old m − m), unless it is 1: sums and total
 * times c; then attention-softmax.ts and attention-weigh.ts over the tile's keys that the row sees. At last sums/total.
 */
import { AttentionArgs } from './attention-args';
import { firstKey, headAt, tileKeys, valueWidth } from './attention-args';
import { AttentionBlock } from './attention-block';
import {
  clearSums,
  packQueries,
  queryAt,
  seenFrom,
  seenTo,
  sumsAt,
  takeRows,
  weighSeen,
  weightsAt,
} from './attention-block';
import { scoresOfFour, scoresOfOne } from './attention-scores';
import { largestScore, weightsOf } from './attention-softmax';
import { expNonPositive } from './exp';
import { loadLanes, storeLanes } from './lanes';

export function flashAttention(args: AttentionArgs, from: i32, to: i32, scratch: usize): void {
  const block = changetype<AttentionBlock>(scratch);
  for (let unit = from; unit < to; unit++) {
    for (let s = 0; s < args.sequences; s++) if (takeRows(block, args, unit, s)) attend(block, args);
  }
}

function attend(block: AttentionBlock, args: AttentionArgs): void {
  packQueries(block, args);
  clearSums(block, args);
  for (let r = 0; r < block.count; r++) {
    store<f32>(block.largest + (<usize>r << 2), -Infinity);
    store<f32>(block.total + (<usize>r << 2), 0);
  }
  const end = block.position + block.count;
  for (let tile = firstKey(args, block.position) & ~(tileKeys - 1); tile < end; tile += tileKeys) {
    let r = 0;
    for (; r + 4 <= block.count; r += 4) attendTile(block, args, r, 4, tile);
    for (; r < block.count; r++) attendTile(block, args, r, 1, tile);
  }
  for (let r = 0; r < block.count; r++) finishRow(block, args, r);
}

/** Rows r … r + rows − 1, which are four or one. */
function attendTile(block: AttentionBlock, args: AttentionArgs, r: i32, rows: i32, tile: i32): void {
  const position = block.position + r;
  const from = seenFrom(args, position, tile) & ~7;
  const to = seenTo(position + rows - 1, tile);
  if (from >= to) return;
  const groups = (to - from + 7) >> 3;
  block.q = queryAt(block, args, r);
  block.k = block.keys + ((<usize>(tile + from) * <usize>args.headDim) << 2);
  block.p = weightsAt(block, 0) + (<usize>from << 2);
  if (rows == 4) scoresOfFour(block, groups, args.headDim);
  else scoresOfOne(block, groups, args.headDim);
  for (let e = 0; e < rows; e++) {
    foldRow(block, args, r + e, e, seenFrom(args, position + e, tile), seenTo(position + e, tile));
  }
  weighSeen(block, args, r, rows, tile);
}

/** From scores to weights, on the scale of the largest so far. */
function foldRow(block: AttentionBlock, args: AttentionArgs, r: i32, e: i32, from: i32, to: i32): void {
  if (from >= to) return;
  const row = weightsAt(block, e);
  const largestAt = block.largest + (<usize>r << 2);
  const totalAt = block.total + (<usize>r << 2);
  const old = load<f32>(largestAt);
  const largest = max<f32>(old, largestScore(row, from, to));
  let total = load<f32>(totalAt);
  const shrink: f32 = old == -Infinity ? 0 : f32x4.extract_lane(expNonPositive(f32x4.splat(old - largest)), 0);
  if (shrink != 1) {
    total *= shrink;
    scaleRow(sumsAt(block, args, r), valueWidth(args), shrink);
  }
  store<f32>(largestAt, largest);
  store<f32>(totalAt, total + weightsOf(row, from, to, largest));
}

function scaleRow(row: usize, width: usize, factor: f32): void {
  for (const last = row + (width << 2); row < last; row += 16) {
    v128.store(row, f32x4.mul(v128.load(row), f32x4.splat(factor)));
  }
}

function finishRow(block: AttentionBlock, args: AttentionArgs, r: i32): void {
  const headDim = args.headDim;
  const out = headAt(args.out, args.outStride, block.row + r, block.head * headDim);
  const total = v128.load32_splat(block.total + (<usize>r << 2));
  const sums = sumsAt(block, args, r);
  for (let d = 0; d < headDim; d += 4) {
    const at = <usize>d << 2;
    storeLanes(out + at, f32x4.div(loadLanes(sums + at, headDim - d), total), headDim - d);
  }
}
