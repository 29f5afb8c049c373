/**
 * What every loop over the states of the selective scan needs: where some channels lie in a chunk of tokens, and the
 * plain loop for any ΔA, any number of states and both rules of B̄.
 */
import { exp } from './exp';
import { loadLanes, multiplyAdd, storeLanes } from './lanes';
import { phi } from './phi';

/** Channels side by side that read the same rows of variable B and C. Steps are in bytes. */
@unmanaged
export class Walk {
  A: usize; // of the first channel, as h, B and C
  h: usize;
  B: usize;
  C: usize;
  bStep: usize; // from token to token: 0 for a constant B
  cStep: usize;
  bRow: usize; // from channel to channel: 0 for a variable B
  cRow: usize;
  steps: usize; // a token: Δ of four channels, Δ·x of four channels
  sums: usize; // a token: four lanes of each of four channels
  most: usize; // the largest |Δ| of the four channels
  tokens: i32; // > 0
  channels: i32; // > 0
  dState: i32;
  zoh: bool;
}

// @ts-ignore: decorator
@inline export const stepBytes: usize = 32;
// @ts-ignore: decorator
@inline export const sumBytes: usize = 64;

/** Four states of channel c or fewer, any ΔA, both rules of B̄. */
export function walkAny(walk: Walk, c: i32, offset: usize, count: i32): void {
  const there = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
  const at = <usize>c * (<usize>walk.dState << 2) + offset;
  const A = loadLanes(walk.A + at, count);
  const zoh = walk.zoh;
  const bStep = walk.bStep;
  const cStep = walk.cStep;
  let h = loadLanes(walk.h + at, count);
  let B = rowOfB(walk, c) + offset;
  let C = rowOfC(walk, c) + offset;
  let steps = walk.steps + (<usize>c << 2);
  let sums = walk.sums + (<usize>c << 4);
  const end = steps + <usize>walk.tokens * stepBytes;
  do {
    const deltaA = f32x4.mul(v128.load32_splat(steps), A);
    let bX = f32x4.mul(v128.load32_splat(steps, 16), loadLanes(B, count));
    if (zoh) bX = f32x4.mul(bX, phi(deltaA));
    h = multiplyAdd(bX, exp(deltaA), h);
    // Lanes beyond dState must not add 0·Infinity.
    v128.store(sums, multiplyAdd(v128.load(sums), loadLanes(C, count), v128.and(h, there)));
    B += bStep;
    C += cStep;
    steps += stepBytes;
    sums += sumBytes;
  } while (steps < end);
  storeLanes(walk.h + at, h, count);
}

/** |v| as an integer of the same order; NaN is the largest. */
// @ts-ignore: decorator
@inline export function size(v: v128): v128 {
  return v128.and(v, i32x4.splat(0x7fffffff));
}

/** Whether |ΔA| ≤ 87 for the whole chunk, given the sizes of A: then expSmall of exp.ts will do. False with a NaN. */
// @ts-ignore: decorator
@inline export function isSmall(walk: Walk, c: i32, sizes: v128): bool {
  const most = v128.load32_splat(walk.most + (<usize>c << 2));
  return i32x4.all_true(f32x4.le(f32x4.mul(most, sizes), f32x4.splat(87)));
}

// @ts-ignore: decorator
@inline export function rowOfB(walk: Walk, c: i32): usize {
  return walk.B + <usize>c * walk.bRow;
}

// @ts-ignore: decorator
@inline export function rowOfC(walk: Walk, c: i32): usize {
  return walk.C + <usize>c * walk.cRow;
}
