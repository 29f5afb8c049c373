/**
 * The selective scan in three passes through memory, as it would be without fusion: only to measure what fusion buys.
 *
 *   pass 0  Ā and B̄x are stored, (rows, dInner, dState) each · pass 1  B̄x becomes h · pass 2  y is read out of h
 *
 * One operation a pass, so that a pass is over before the next begins. The result is that of selective-scan.ts bit for
 * bit: same operands, same units, same order of sums; and like it, it touches no row outside the sequences. `aBar` and
 * `bX` are aligned to 4 and overlap nothing.
 */
import { exp } from './exp';
import { loadLanes, multiplyAdd, storeLanes, sumOfLanes } from './lanes';
import { phi } from './phi';
import { constantBFlag, constantCFlag, SelectiveScanArgs, softplusFlag, zohFlag } from './selective-scan';
import { silu, softplus } from './softplus';

@unmanaged
export class SelectiveScanUnfusedArgs extends SelectiveScanArgs {
  aBar: usize; // (rows, dInner, dState)
  bX: usize; // (rows, dInner, dState)
  pass: i32;
}

/** Tokens outside, blocks inside: each pass streams through its part of every row. */
export function selectiveScanUnfused(args: SelectiveScanUnfusedArgs, from: i32, to: i32, scratch: usize): void {
  for (let s = 0; s < args.sequences; s++) {
    const start = load<i32>(args.bounds + (<usize>s << 3));
    const end = load<i32>(args.bounds + (<usize>s << 3), 4);
    for (let t = start; t < end; t++) {
      if (args.pass == 0) for (let block = from; block < to; block++) discretizeToken(args, 4 * block, t, scratch);
      else if (args.pass == 1) scanToken(args, s, t, 4 * from, min(4 * to, args.dInner));
      else for (let block = from; block < to; block++) readToken(args, 4 * block, t, scratch);
    }
  }
}

/** Pass 0: Ā = exp(ΔA) and B̄x = (Δ·x)·B, with `zoh` times φ(ΔA). */
function discretizeToken(args: SelectiveScanUnfusedArgs, d: i32, t: i32, scratch: usize): void {
  const count = args.dInner - d;
  let delta = loadLanes(rowOf(args.delta, t, args.deltaStride, d), count);
  if (args.deltaBias != 0) delta = f32x4.add(delta, loadLanes(args.deltaBias + (<usize>d << 2), count));
  if ((args.flags & softplusFlag) != 0) delta = softplus(delta);
  v128.store(scratch, delta);
  v128.store(scratch, f32x4.mul(delta, loadLanes(rowOf(args.x, t, args.xStride, d), count)), 16);
  const channels = min(count, 4);
  for (let c = 0; c < channels; c++) discretizeStates(args, d + c, t, scratch + (c << 2));
}

// @ts-ignore: decorator
@inline function discretizeStates(args: SelectiveScanUnfusedArgs, d: i32, t: i32, steps: usize): void {
  const delta = v128.load32_splat(steps);
  const deltaX = v128.load32_splat(steps, 16);
  const A = args.A + (<usize>(d * args.dState) << 2);
  const B = sharedRow(args, args.B, args.bStride, args.flags & constantBFlag, d, t);
  const state = stateOffset(args, d, t);
  for (let n = 0; n < args.dState; n += 4) {
    const count = args.dState - n;
    const offset = <usize>n << 2;
    const deltaA = f32x4.mul(delta, loadLanes(A + offset, count));
    let bX = f32x4.mul(deltaX, loadLanes(B + offset, count));
    if ((args.flags & zohFlag) != 0) bX = f32x4.mul(bX, phi(deltaA));
    storeLanes(args.aBar + state + offset, exp(deltaA), count);
    storeLanes(args.bX + state + offset, bX, count);
  }
}

/** Pass 1: h ← Ā·h + B̄x for channels d … end − 1; every h is stored where B̄x was. */
function scanToken(args: SelectiveScanUnfusedArgs, s: i32, t: i32, d: i32, end: i32): void {
  const length = (end - d) * args.dState;
  const state = stateOffset(args, d, t);
  const last = args.h + (<usize>((s * args.dInner + d) * args.dState) << 2);
  for (let i = 0; i < length; i += 4) {
    const count = length - i;
    const offset = <usize>i << 2;
    const bX = args.bX + state + offset;
    const aBar = loadLanes(args.aBar + state + offset, count);
    const h = multiplyAdd(loadLanes(bX, count), aBar, loadLanes(last + offset, count));
    storeLanes(bX, h, count);
    storeLanes(last + offset, h, count);
  }
}

/** Pass 2: y = (Σ_n C·h + D·x)·silu(z). */
function readToken(args: SelectiveScanUnfusedArgs, d: i32, t: i32, scratch: usize): void {
  const count = args.dInner - d;
  const channels = min(count, 4);
  for (let c = 0; c < channels; c++) store<f32>(scratch + (c << 2), readStates(args, d + c, t));
  let y = v128.load(scratch);
  if (args.D != 0) {
    const x = loadLanes(rowOf(args.x, t, args.xStride, d), count);
    y = f32x4.add(y, f32x4.mul(loadLanes(args.D + (<usize>d << 2), count), x));
  }
  if (args.z != 0) y = f32x4.mul(y, silu(loadLanes(rowOf(args.z, t, args.zStride, d), count)));
  storeLanes(rowOf(args.out, t, args.outStride, d), y, count);
}

// @ts-ignore: decorator
@inline function readStates(args: SelectiveScanUnfusedArgs, d: i32, t: i32): f32 {
  const C = sharedRow(args, args.C, args.cStride, args.flags & constantCFlag, d, t);
  const h = args.bX + stateOffset(args, d, t);
  let y = f32x4.splat(0);
  for (let n = 0; n < args.dState; n += 4) {
    const count = args.dState - n;
    const offset = <usize>n << 2;
    y = multiplyAdd(y, loadLanes(C + offset, count), loadLanes(h + offset, count));
  }
  return sumOfLanes(y);
}

// @ts-ignore: decorator
@inline function rowOf(base: usize, t: i32, stride: u32, d: i32): usize {
  return base + ((<usize>t * <usize>stride + <usize>d) << 2);
}

/** Bytes from a stored array's start to states (t, d). */
// @ts-ignore: decorator
@inline function stateOffset(args: SelectiveScanUnfusedArgs, d: i32, t: i32): usize {
  return ((<usize>t * <usize>args.dInner + <usize>d) * <usize>args.dState) << 2;
}

/** The row of B or C that channel d reads: its group's at token t, or its own. */
// @ts-ignore: decorator
@inline function sharedRow(args: SelectiveScanArgs, base: usize, stride: u32, constant: u32, d: i32, t: i32): usize {
  if (constant != 0) return base + (<usize>(d * args.dState) << 2);
  return rowOf(base, t, stride, (d / (args.dInner / args.groups)) * args.dState);
}
