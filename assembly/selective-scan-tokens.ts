/**
 * What the selective scan does for a token and four channels at once, before and after the states: Δ and Δ·x, skip and
 * gate.
 */
import { loadLanes, storeLanes, sumsOfLanes } from './lanes';
import { at, SelectiveScanArgs, softplusFlag } from './selective-scan-args';
import { size, stepBytes, sumBytes } from './selective-scan-walk';
import { silu, softplus } from './softplus';

/** Δ and Δ·x of the four channels, and empty sums. @returns the largest |Δ| of each channel */
export function prepare(args: SelectiveScanArgs, d: i32, t: i32, tokens: i32, steps: usize, sums: usize): v128 {
  const count = args.dInner - d;
  const bias = args.deltaBias != 0 ? loadLanes(args.deltaBias + (<usize>d << 2), count) : f32x4.splat(-0.0);
  const zero = f32x4.splat(0);
  const end = steps + <usize>tokens * stepBytes;
  const soft = (args.flags & softplusFlag) != 0;
  let most = zero;
  let deltaAt = at(args.delta, t, args.deltaStride, d);
  let xAt = at(args.x, t, args.xStride, d);
  do {
    let delta = f32x4.add(loadLanes(deltaAt, count), bias);
    if (soft) delta = softplus(delta);
    most = i32x4.max_u(most, size(delta));
    v128.store(steps, delta);
    v128.store(steps, f32x4.mul(delta, loadLanes(xAt, count)), 16);
    v128.store(sums, zero);
    v128.store(sums, zero, 16);
    v128.store(sums, zero, 32);
    v128.store(sums, zero, 48);
    steps += stepBytes;
    sums += sumBytes;
    deltaAt += <usize>args.deltaStride << 2;
    xAt += <usize>args.xStride << 2;
  } while (steps < end);
  return most;
}

/** Sums over n, skip and gate. */
export function finish(args: SelectiveScanArgs, d: i32, t: i32, tokens: i32, sums: usize): void {
  const count = args.dInner - d;
  const skip = args.D != 0;
  const gate = args.z != 0;
  const D = skip ? loadLanes(args.D + (<usize>d << 2), count) : f32x4.splat(0);
  const end = sums + <usize>tokens * sumBytes;
  let xAt = at(args.x, t, args.xStride, d);
  let zAt = at(args.z, t, args.zStride, d);
  let out = at(args.out, t, args.outStride, d);
  do {
    let y = sumsOfLanes(v128.load(sums), v128.load(sums, 16), v128.load(sums, 32), v128.load(sums, 48));
    if (skip) y = f32x4.add(y, f32x4.mul(D, loadLanes(xAt, count)));
    if (gate) y = f32x4.mul(y, silu(loadLanes(zAt, count)));
    storeLanes(out, y, count);
    sums += sumBytes;
    xAt += <usize>args.xStride << 2;
    zAt += <usize>args.zStride << 2;
    out += <usize>args.outStride << 2;
  } while (sums < end);
}
