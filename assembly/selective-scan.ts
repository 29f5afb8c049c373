/**
 * The selective scan, fused: bias, softplus, discretization, recurrence, C·h, skip and gate in one pass over time; Δ, Ā
 * and B̄ live in registers and are never stored.
 *
 *   Δ = softplus(delta + deltaBias) · h ← exp(ΔA)·h + (Δ·x)·B · y = (Σ_n C·h + D·x)·silu(z)
 *
 * A sequence starts from its h (dInner, dState) and leaves its last one there; one without tokens keeps it. Unit: a block
 * of up to four neighbouring channels: Δ and silu(z) are computed for the four at once, then each channel runs its states
 * in vectors of four. Order: lane l of Σ_n adds n = l, l + 4 …, then (l0 + l2) + (l1 + l3); a last vector that is not
 * full is filled with zeros.
 */
import { exp, expNonPositive } from './exp';
import { keepLanes, loadLanes, multiplyAdd, storeLanes, sumOfLanes, sumsOfLanes } from './lanes';
import { phi } from './phi';
import { silu, softplus } from './softplus';

@unmanaged
export class SelectiveScanArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  delta: usize; // before bias and softplus
  deltaStride: u32;
  A: usize; // (dInner, dState)
  B: usize; // rows of (groups, dState), or (dInner, dState)
  bStride: u32;
  C: usize;
  cStride: u32;
  D: usize; // (dInner), or 0
  z: usize; // or 0
  zStride: u32;
  deltaBias: usize; // (dInner), or 0
  h: usize; // (sequences, dInner, dState)
  bounds: usize; // u32 (sequences, 2)
  sequences: i32;
  dInner: i32;
  dState: i32;
  groups: i32;
  flags: u32;
}

// @ts-ignore: decorator
@inline export const softplusFlag: u32 = 1;
// @ts-ignore: decorator
@inline export const constantBFlag: u32 = 2;
// @ts-ignore: decorator
@inline export const constantCFlag: u32 = 4;
// @ts-ignore: decorator
@inline export const zohFlag: u32 = 8;

export function selectiveScan(args: SelectiveScanArgs, from: i32, to: i32, scratch: usize): void {
  for (let block = from; block < to; block++) {
    const woven = sharesRows(args, 4 * block) && decays(args, 4 * block);
    for (let s = 0; s < args.sequences; s++) {
      const start = load<i32>(args.bounds + (<usize>s << 3));
      const end = load<i32>(args.bounds + (<usize>s << 3), 4);
      if (woven) for (let t = start; t < end; t++) tokenOfFour(args, 4 * block, s, t);
      else for (let t = start; t < end; t++) token(args, 4 * block, s, t, scratch);
    }
  }
}

/** Whether the block has four channels that read the same B and C, in vectors without a tail, under Mamba's rule. */
function sharesRows(args: SelectiveScanArgs, d: i32): bool {
  if ((args.flags & (constantBFlag | constantCFlag | zohFlag)) != 0 || (args.dState & 3) != 0) return false;
  return d + 4 <= args.dInner && groupOf(args, d) == groupOf(args, d + 3);
}

/** Whether A ≤ 0 in the block's channels and Δ ≥ 0: then exp needs only half of its range. */
function decays(args: SelectiveScanArgs, d: i32): bool {
  if ((args.flags & softplusFlag) == 0) return false;
  const end = min(d + 4, args.dInner) * args.dState;
  for (let i = d * args.dState; i < end; i++) if (!(load<f32>(args.A + (<usize>i << 2)) <= 0)) return false;
  return true;
}

/** Δ of the block's channels at token t. */
// @ts-ignore: decorator
@inline function stepSizes(args: SelectiveScanArgs, d: i32, t: i32, count: i32): v128 {
  let delta = loadLanes(at(args.delta, t, args.deltaStride, d), count);
  if (args.deltaBias != 0) delta = f32x4.add(delta, loadLanes(args.deltaBias + (<usize>d << 2), count));
  return (args.flags & softplusFlag) != 0 ? softplus(delta) : delta;
}

/** Skip and gate, and the result of the block's channels at token t. */
// @ts-ignore: decorator
@inline function finish(args: SelectiveScanArgs, d: i32, t: i32, count: i32, states: v128, x: v128): void {
  let y = states;
  if (args.D != 0) y = f32x4.add(y, f32x4.mul(loadLanes(args.D + (<usize>d << 2), count), x));
  if (args.z != 0) y = f32x4.mul(y, silu(loadLanes(at(args.z, t, args.zStride, d), count)));
  storeLanes(at(args.out, t, args.outStride, d), y, count);
}

/**
 * One token of four channels side by side: their exponentials are independent, B and C are loaded once for all four
 * (measured: 3.0 → 1.0 ns a state update against one channel after the other through memory).
 */
// @ts-ignore: decorator
@inline function tokenOfFour(args: SelectiveScanArgs, d: i32, s: i32, t: i32): void {
  const x = v128.load(at(args.x, t, args.xStride, d));
  const delta = stepSizes(args, d, t, 4);
  const deltaX = f32x4.mul(delta, x);
  const delta0 = i32x4.shuffle(delta, delta, 0, 0, 0, 0);
  const delta1 = i32x4.shuffle(delta, delta, 1, 1, 1, 1);
  const delta2 = i32x4.shuffle(delta, delta, 2, 2, 2, 2);
  const delta3 = i32x4.shuffle(delta, delta, 3, 3, 3, 3);
  const dX0 = i32x4.shuffle(deltaX, deltaX, 0, 0, 0, 0);
  const dX1 = i32x4.shuffle(deltaX, deltaX, 1, 1, 1, 1);
  const dX2 = i32x4.shuffle(deltaX, deltaX, 2, 2, 2, 2);
  const dX3 = i32x4.shuffle(deltaX, deltaX, 3, 3, 3, 3);
  const stride = <usize>args.dState << 2;
  let A = args.A + <usize>d * stride;
  let h = stateOf(args, d, s);
  let B = rowOfB(args, d, t);
  let C = rowOfC(args, d, t);
  let y0 = f32x4.splat(0);
  let y1 = y0;
  let y2 = y0;
  let y3 = y0;
  for (const end = h + stride; h < end; A += 16, h += 16, B += 16, C += 16) {
    const b = v128.load(B);
    const c = v128.load(C);
    y0 = multiplyAdd(y0, c, advanceDecaying(delta0, dX0, A, b, h));
    y1 = multiplyAdd(y1, c, advanceDecaying(delta1, dX1, A + stride, b, h + stride));
    y2 = multiplyAdd(y2, c, advanceDecaying(delta2, dX2, A + 2 * stride, b, h + 2 * stride));
    y3 = multiplyAdd(y3, c, advanceDecaying(delta3, dX3, A + 3 * stride, b, h + 3 * stride));
  }
  finish(args, d, t, 4, sumsOfLanes(y0, y1, y2, y3), x);
}

/** Four states of one channel move on: h ← exp(ΔA)·h + Δx·B. @returns the new ones */
// @ts-ignore: decorator
@inline function advanceDecaying(delta: v128, deltaX: v128, A: usize, b: v128, h: usize): v128 {
  const aBar = expNonPositive(f32x4.mul(delta, v128.load(A)));
  const next = multiplyAdd(f32x4.mul(deltaX, b), aBar, v128.load(h));
  v128.store(h, next);
  return next;
}

/** One token of any block: one channel after the other. */
function token(args: SelectiveScanArgs, d: i32, s: i32, t: i32, scratch: usize): void {
  const count = args.dInner - d;
  const x = loadLanes(at(args.x, t, args.xStride, d), count);
  const delta = stepSizes(args, d, t, count);
  v128.store(scratch, delta);
  v128.store(scratch, f32x4.mul(delta, x), 16);
  const channels = min(count, 4);
  for (let c = 0; c < channels; c++) store<f32>(scratch + (c << 2), advance(args, d + c, s, t, scratch + (c << 2)), 32);
  finish(args, d, t, count, v128.load(scratch, 32), x);
}

// @ts-ignore: decorator
@inline function at(base: usize, t: i32, stride: u32, d: i32): usize {
  return base + ((<usize>t * <usize>stride + <usize>d) << 2);
}

/** The states of channel d move on, for any A and both rules of B̄. @returns Σ_n C·h */
function advance(args: SelectiveScanArgs, d: i32, s: i32, t: i32, scratch: usize): f32 {
  const delta = v128.load32_splat(scratch);
  const deltaX = v128.load32_splat(scratch, 16);
  const zoh = (args.flags & zohFlag) != 0;
  const dState = args.dState;
  const A = args.A + (<usize>(d * dState) << 2);
  const h = stateOf(args, d, s);
  const B = rowOfB(args, d, t);
  const C = rowOfC(args, d, t);
  let y = f32x4.splat(0);
  for (let n = 0; n < dState; n += 4) {
    const count = dState - n;
    const offset = <usize>n << 2;
    const deltaA = f32x4.mul(delta, loadLanes(A + offset, count));
    let bX = f32x4.mul(deltaX, loadLanes(B + offset, count));
    if (zoh) bX = f32x4.mul(bX, phi(deltaA));
    const next = multiplyAdd(bX, exp(deltaA), loadLanes(h + offset, count));
    storeLanes(h + offset, next, count);
    y = multiplyAdd(y, loadLanes(C + offset, count), keepLanes(next, count)); // a lane left empty may hold ∞·0
  }
  return sumOfLanes(y);
}

// @ts-ignore: decorator
@inline function stateOf(args: SelectiveScanArgs, d: i32, s: i32): usize {
  return args.h + (<usize>((s * args.dInner + d) * args.dState) << 2);
}

// @ts-ignore: decorator
@inline function rowOfB(args: SelectiveScanArgs, d: i32, t: i32): usize {
  if ((args.flags & constantBFlag) != 0) return args.B + (<usize>(d * args.dState) << 2);
  return at(args.B, t, args.bStride, groupOf(args, d) * args.dState);
}

// @ts-ignore: decorator
@inline function rowOfC(args: SelectiveScanArgs, d: i32, t: i32): usize {
  if ((args.flags & constantCFlag) != 0) return args.C + (<usize>(d * args.dState) << 2);
  return at(args.C, t, args.cStride, groupOf(args, d) * args.dState);
}

/** ⌊d / (dInner/groups)⌋ */
// @ts-ignore: decorator
@inline function groupOf(args: SelectiveScanArgs, d: i32): i32 {
  return args.groups == 1 ? 0 : d / (args.dInner / args.groups);
}
