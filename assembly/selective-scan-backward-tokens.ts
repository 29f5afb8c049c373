/**
 * What the backward of the selective scan does with single tokens, four channels side by side: Δ and the gradient behind
 * the gate before the walk, the slopes of softplus and silu after it.
 */
import { loadLanes, storeLanes } from './lanes';
import { softplusFlag } from './selective-scan';
import { endOf, SelectiveScanBackwardArgs, startOf, tokenOffset } from './selective-scan-backward';
import { sigmoid, silu, softplus } from './softplus';

/**
 * What a token needs before the walk lies meanwhile where its gradients will be: Δ in dDelta, gy = dY·silu(z) in dX.
 */
export function prepareTokens(args: SelectiveScanBackwardArgs, first: i32, end: i32): void {
  for (let d = first; d < end; d += 4) {
    const count = end - d;
    let dD = f32x4.splat(0);
    for (let s = 0; s < args.sequences; s++) {
      const last = endOf(args, s);
      for (let t = startOf(args, s); t < last; t++) {
        const i = tokenOffset(args, t, d);
        let gy = loadLanes(args.dY + i, count);
        if (args.z != 0) gy = f32x4.mul(gy, silu(loadLanes(args.z + i, count)));
        dD = f32x4.add(dD, f32x4.mul(gy, loadLanes(args.x + i, count)));
        const pre = preDelta(args, i, d, count);
        storeLanes(args.gradients.dDelta + i, (args.flags & softplusFlag) != 0 ? softplus(pre) : pre, count);
        storeLanes(args.gradients.dX + i, gy, count);
      }
    }
    if (args.gradients.dD != 0) storeLanes(args.gradients.dD + (<usize>d << 2), dD, count);
  }
}

/** The walk has left ∂/∂Δ in dDelta and the value before the gate in dZ: dDelta·softplus′, its sum, dY·y·silu′(z). */
export function finishTokens(args: SelectiveScanBackwardArgs, first: i32, end: i32): void {
  for (let d = first; d < end; d += 4) {
    const count = end - d;
    let dBias = f32x4.splat(0);
    for (let s = 0; s < args.sequences; s++) {
      const last = endOf(args, s);
      for (let t = startOf(args, s); t < last; t++) {
        const i = tokenOffset(args, t, d);
        const slope = stepSlope(args, preDelta(args, i, d, count));
        const dDelta = f32x4.mul(loadLanes(args.gradients.dDelta + i, count), slope);
        storeLanes(args.gradients.dDelta + i, dDelta, count);
        dBias = f32x4.add(dBias, dDelta);
        if (args.z == 0) continue;
        const dGate = f32x4.mul(loadLanes(args.dY + i, count), loadLanes(args.gradients.dZ + i, count));
        storeLanes(args.gradients.dZ + i, f32x4.mul(dGate, siluSlope(loadLanes(args.z + i, count))), count);
      }
    }
    storeLanes(args.gradients.dDeltaBias + (<usize>d << 2), dBias, count);
  }
}

/** Δ before softplus. */
// @ts-ignore: decorator
@inline function preDelta(args: SelectiveScanBackwardArgs, offset: usize, d: i32, count: i32): v128 {
  const delta = loadLanes(args.delta + offset, count);
  return args.deltaBias == 0 ? delta : f32x4.add(delta, loadLanes(args.deltaBias + (<usize>d << 2), count));
}

/** softplus′ = σ up to 20 and 1 above, or 1 where there is no softplus. */
// @ts-ignore: decorator
@inline function stepSlope(args: SelectiveScanBackwardArgs, pre: v128): v128 {
  const one = f32x4.splat(1);
  if ((args.flags & softplusFlag) == 0) return one;
  return v128.bitselect(one, sigmoid(pre), f32x4.gt(pre, f32x4.splat(20)));
}

/** silu′(z) = σ(z)·(1 + z·σ(−z)): 1 − σ(z) would cancel. */
// @ts-ignore: decorator
@inline function siluSlope(z: v128): v128 {
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(z, sigmoid(f32x4.neg(z))));
  return f32x4.mul(sigmoid(z), inner);
}
