/**
 * Attention by way of all scores in memory, (nHead, rows, capacity), in three operations: scores of all keys so far, window
 * or none · softmax of each row, 0 outside its window · weighted sums. Arguments: attention-args.ts.
 * Units: of scores and sums a head and a block of rows; of softmax a row of scores.
 *
 * Order, for each row: that of attention-scores.ts, attention-softmax.ts (over the whole row; each weight is then divided by
 * the total) and attention-weigh.ts, keys ascending.
 */
import { AttentionArgs } from './attention-args';
import { endRow, firstKey, firstRow, headAt, positionOf, tileKeys } from './attention-args';
import { AttentionBlock } from './attention-block';
import { clearSums, packQueries, queryAt, seenTo, sumsAt, takeRows, weighSeen, weightsAt } from './attention-block';
import { scoresOfFour, scoresOfOne } from './attention-scores';
import { largestScore, weightsOf } from './attention-softmax';

export function attentionScores(args: AttentionArgs, from: i32, to: i32, scratch: usize): void {
  const block = changetype<AttentionBlock>(scratch);
  for (let unit = from; unit < to; unit++) {
    for (let s = 0; s < args.sequences; s++) if (takeRows(block, args, unit, s)) scoreBlock(block, args);
  }
}

function scoreBlock(block: AttentionBlock, args: AttentionArgs): void {
  packQueries(block, args);
  const end = block.position + block.count;
  for (let tile = 0; tile < end; tile += tileKeys) {
    block.k = block.keys + ((<usize>tile * <usize>args.headDim) << 2);
    let r = 0;
    for (; r + 4 <= block.count; r += 4) scoreTile(block, args, r, 4, tile);
    for (; r < block.count; r++) scoreTile(block, args, r, 1, tile);
  }
}

function scoreTile(block: AttentionBlock, args: AttentionArgs, r: i32, rows: i32, tile: i32): void {
  const groups = (seenTo(block.position + r + rows - 1, tile) + 7) >> 3;
  if (groups <= 0) return;
  block.q = queryAt(block, args, r);
  block.p = weightsAt(block, 0);
  if (rows == 4) scoresOfFour(block, groups, args.headDim);
  else scoresOfOne(block, groups, args.headDim);
  for (let e = 0; e < rows; e++) {
    const row = scoresAt(args, block.head, block.row + r + e) + (<usize>tile << 2);
    memory.copy(row, weightsAt(block, e), <usize>groups << 5);
  }
}

/** Unit: row t of head h is h·rows + t. */
export function attentionSoftmax(args: AttentionArgs, from: i32, to: i32): void {
  for (let s = 0; s < args.sequences; s++) {
    for (let unit = from; unit < to; unit++) {
      const t = unit % args.rows;
      if (t < firstRow(args, s) || t >= endRow(args, s)) continue;
      softmaxRow(scoresAt(args, unit / args.rows, t), positionOf(args, s, t), args);
    }
  }
}

function softmaxRow(row: usize, position: i32, args: AttentionArgs): void {
  const from = firstKey(args, position);
  const to = position + 1;
  const total = f32x4.splat(weightsOf(row, from, to, largestScore(row, from, to)));
  memory.fill(row, 0, <usize>(from & ~3) << 2);
  for (let j = from & ~3; j < to; j += 4) {
    const at = row + (<usize>j << 2);
    v128.store(at, f32x4.div(v128.load(at), total));
  }
}

export function attentionSums(args: AttentionArgs, from: i32, to: i32, scratch: usize): void {
  const block = changetype<AttentionBlock>(scratch);
  for (let unit = from; unit < to; unit++) {
    for (let s = 0; s < args.sequences; s++) if (takeRows(block, args, unit, s)) sumBlock(block, args);
  }
}

function sumBlock(block: AttentionBlock, args: AttentionArgs): void {
  clearSums(block, args);
  const end = block.position + block.count;
  for (let tile = firstKey(args, block.position) & ~(tileKeys - 1); tile < end; tile += tileKeys) {
    let r = 0;
    for (; r + 4 <= block.count; r += 4) sumTile(block, args, r, 4, tile);
    for (; r < block.count; r++) sumTile(block, args, r, 1, tile);
  }
  const bytes = <usize>args.headDim << 2;
  for (let r = 0; r < block.count; r++) {
    const out = headAt(args.out, args.outStride, block.row + r, block.head * args.headDim);
    memory.copy(out, sumsAt(block, args, r), bytes);
  }
}

function sumTile(block: AttentionBlock, args: AttentionArgs, r: i32, rows: i32, tile: i32): void {
  const keys = seenTo(block.position + r + rows - 1, tile);
  if (keys <= 0) return;
  for (let e = 0; e < rows; e++) {
    const row = scoresAt(args, block.head, block.row + r + e) + (<usize>tile << 2);
    memory.copy(weightsAt(block, e), row, <usize>keys << 2);
  }
  weighSeen(block, args, r, rows, tile);
}

// @ts-ignore: decorator
@inline function scoresAt(args: AttentionArgs, head: i32, t: i32): usize {
  return args.scores + ((<usize>(head * args.rows + t) * <usize>args.capacity) << 2);
}
