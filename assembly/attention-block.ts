/**
 * A block of attention: neighbouring rows of one sequence's head, four at a time, then one at a time, and where their tiles
 * lie in the scratch. Units of work are heads × blocks of rows, head after head; a row's numbers are the same in any block.
 */
import { AttentionArgs } from './attention-args';
import { endRow, firstKey, firstRow, headAt, keysOf, positionOf, tileKeys, valuesOf, valueWidth } from './attention-args';
import { AttentionTile, weightsBytes } from './attention-tile';
import { weighFour, weighOne } from './attention-weigh';

/**
 * Most rows of a block, for which a tile's keys and values come into the first-level cache once (measured: 512 rows after
 * 1,536 others, 12 heads of 64, one thread: 72 ms with 32 rows, 60 with 64, no less with 128).
 */
// @ts-ignore: decorator
@inline export const mostRows: i32 = 64;
/** Where p lies in the scratch: behind the record; largest, total, q and acc follow. */
// @ts-ignore: decorator
@inline const recordBytes: usize = 128;

@unmanaged
export class AttentionBlock extends AttentionTile {
  /** (rows): the largest score so far, and the sum of the weights. */
  largest: usize;
  total: usize;
  /** q and acc of the first row. */
  allQ: usize;
  allAcc: usize;
  /** The sequence's keys and values of this head. */
  keys: usize;
  values: usize;
  sequence: i32;
  head: i32;
  /** The first row, its position, and how many rows there are. */
  row: i32;
  position: i32;
  count: i32;
}

// @ts-ignore: decorator
@inline export function blocksOf(args: AttentionArgs): i32 {
  return (args.rows + args.block - 1) / args.block;
}

/** Rows of a sequence that lie in unit `unit`: points the block at them. @returns whether there are any */
export function takeRows(block: AttentionBlock, args: AttentionArgs, unit: i32, sequence: i32): bool {
  const start = (unit % blocksOf(args)) * args.block;
  const first = max(start, firstRow(args, sequence));
  const count = min(min(start + args.block, args.rows), endRow(args, sequence)) - first;
  if (count <= 0) return false;
  block.sequence = sequence;
  block.head = unit / blocksOf(args);
  block.row = first;
  block.position = positionOf(args, sequence, first);
  block.count = count;
  block.keys = keysOf(args, sequence, block.head);
  block.values = valuesOf(args, sequence, block.head);
  block.largest = weightsAt(block, 0) + 4 * weightsBytes;
  block.total = block.largest + (mostRows << 2);
  block.allQ = block.total + (mostRows << 2);
  block.allAcc = block.allQ + <usize>mostRows * (<usize>args.headDim << 2);
  return true;
}

/** The rows' q: whole fours woven, the rest as they are. */
export function packQueries(block: AttentionBlock, args: AttentionArgs): void {
  const headDim = args.headDim;
  const fours = block.count & ~3;
  for (let r = 0; r < block.count; r++) {
    const q = headAt(args.q, args.qStride, block.row + r, block.head * headDim);
    if (r >= fours) {
      memory.copy(queryAt(block, args, r), q, <usize>headDim << 2);
      continue;
    }
    const woven = queryAt(block, args, r & ~3) + (<usize>(r & 3) << 2);
    for (let d = 0; d < headDim; d++) store<f32>(woven + (<usize>d << 4), load<f32>(q + (<usize>d << 2)));
  }
}

// @ts-ignore: decorator
@inline export function queryAt(block: AttentionBlock, args: AttentionArgs, r: i32): usize {
  return block.allQ + ((<usize>r * <usize>args.headDim) << 2);
}

// @ts-ignore: decorator
@inline export function sumsAt(block: AttentionBlock, args: AttentionArgs, r: i32): usize {
  return block.allAcc + ((<usize>r * valueWidth(args)) << 2);
}

/** The scores or weights of row e of four. */
// @ts-ignore: decorator
@inline export function weightsAt(block: AttentionBlock, e: i32): usize {
  return changetype<usize>(block) + recordBytes + <usize>e * weightsBytes;
}

export function clearSums(block: AttentionBlock, args: AttentionArgs): void {
  memory.fill(block.allAcc, 0, (<usize>block.count * valueWidth(args)) << 2);
}

/** The first of the tile's keys, from `tile` on, that a row at a position sees, counted from there. */
// @ts-ignore: decorator
@inline export function seenFrom(args: AttentionArgs, position: i32, tile: i32): i32 {
  return max(firstKey(args, position), tile) - tile;
}

/** The one behind the last. */
// @ts-ignore: decorator
@inline export function seenTo(position: i32, tile: i32): i32 {
  return min(position + 1, tile + tileKeys) - tile;
}

/** acc += weights·values over the keys that each of four rows sees: those of all together, those of some one by one. */
export function weighSeen(block: AttentionBlock, args: AttentionArgs, r: i32, rows: i32, tile: i32): void {
  const position = block.position + r;
  let from = seenFrom(args, position + rows - 1, tile);
  let to = seenTo(position, tile);
  if (rows < 4 || from >= to) from = to = tileKeys;
  for (let e = 0; e < rows; e++) {
    const first = seenFrom(args, position + e, tile);
    weighKeys(block, args, r + e, e, first, min(from, seenTo(position + e, tile)), tile);
  }
  if (from < to) {
    point(block, args, r, 0, from, tile);
    weighFour(block, to - from, valueWidth(args));
  }
  for (let e = 0; e < rows; e++) {
    const first = max(to, seenFrom(args, position + e, tile));
    weighKeys(block, args, r + e, e, first, seenTo(position + e, tile), tile);
  }
}

function weighKeys(block: AttentionBlock, args: AttentionArgs, r: i32, e: i32, from: i32, to: i32, tile: i32): void {
  if (from >= to) return;
  point(block, args, r, e, from, tile);
  weighOne(block, to - from, valueWidth(args));
}

function point(block: AttentionBlock, args: AttentionArgs, r: i32, e: i32, key: i32, tile: i32): void {
  block.p = weightsAt(block, e) + (<usize>key << 2);
  block.v = block.values + ((<usize>(tile + key) * valueWidth(args)) << 2);
  block.acc = sumsAt(block, args, r);
}
