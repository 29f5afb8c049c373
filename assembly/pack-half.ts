/**
 * bf16 and f16 weights as they lie in memory, and both ways between them and float32 rows.
 *
 * A row is 2·dIn bytes (2-aligned), rows one after another. Eight elements are four words, word l holding element l in
 * its lower and element l + 4 in its upper half: one load and two shifts or masks give both runs of four in natural
 * order. The dIn mod 8 last elements follow in natural order.
 */
import { Bf16, F16, narrow, narrowOne, widenHigh, widenLow, widenOne } from './half';
import { Tile } from './linear-tile';

/** dst: resident rows · src: (rows, dIn) float32, contiguous · a unit is a row. No overlap. */
@unmanaged
export class PackArgs {
  dst: usize;
  src: usize;
  rows: i32;
  dIn: i32;
}

export function packBf16(args: PackArgs, from: i32, to: i32, scratch: usize): void {
  packRows<Bf16>(args, from, to);
}

export function packF16(args: PackArgs, from: i32, to: i32, scratch: usize): void {
  packRows<F16>(args, from, to);
}

function packRows<T>(args: PackArgs, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const first = <usize>row * args.dIn;
    packRow<T>(args.dst + (first << 1), args.src + (first << 2), args.dIn);
  }
}

function packRow<T>(dst: usize, src: usize, n: i32): void {
  for (const last = dst + (<usize>(n & ~7) << 1); dst < last; dst += 16) {
    const high = i32x4.shl(narrow<T>(v128.load(src, 16)), 16);
    v128.store(dst, v128.or(narrow<T>(v128.load(src)), high));
    src += 32;
  }
  for (let j = 0; j < (n & 7); j++) {
    store<u16>(dst + (<usize>j << 1), narrowOne<T>(load<f32>(src + (<usize>j << 2))));
  }
}

/** One resident row of n numbers as float32 in natural order. */
export function widenRow<T>(dst: usize, src: usize, n: i32): void {
  for (const last = src + (<usize>(n & ~7) << 1); src < last; src += 16) {
    widenEight<T>(dst, src);
    dst += 32;
  }
  widenTail<T>(dst, src, n & 7);
}

/**
 * The four rows a tile points to, one after another. (measured: four streams instead of one: eight tokens
 * 34 GFLOP/s a thread, 29 before)
 */
export function widenRows<T>(dst: usize, tile: Tile, n: i32): void {
  let w0 = tile.w0;
  let w1 = tile.w1;
  let w2 = tile.w2;
  let w3 = tile.w3;
  const whole = n & ~7;
  const row = <usize>n << 2;
  let out = dst;
  for (const last = w0 + (<usize>whole << 1); w0 < last; w0 += 16) {
    widenEight<T>(out, w0);
    widenEight<T>(out + row, w1);
    widenEight<T>(out + 2 * row, w2);
    widenEight<T>(out + 3 * row, w3);
    out += 32;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  widenTail<T>(out, w0, n & 7);
  widenTail<T>(out + row, w1, n & 7);
  widenTail<T>(out + 2 * row, w2, n & 7);
  widenTail<T>(out + 3 * row, w3, n & 7);
}

// @ts-ignore: decorator
@inline function widenEight<T>(dst: usize, src: usize): void {
  const words = v128.load(src);
  v128.store(dst, widenLow<T>(words));
  v128.store(dst, widenHigh<T>(words), 16);
}

function widenTail<T>(dst: usize, src: usize, n: i32): void {
  for (let j = 0; j < n; j++) store<f32>(dst + (<usize>j << 2), widenOne<T>(load<u16>(src + (<usize>j << 1))));
}
