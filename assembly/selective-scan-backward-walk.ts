/**
 * One channel's walk through its sequences: forward, keeping a state a chunk, then back chunk by chunk.
 *
 * A unit's `states`: the states that the tokens of one chunk meet (chunk, width), then those that the chunks meet
 * (chunks, width), width = dState rounded up to whole vectors. Lanes beyond dState are empty: they may hold ∞·0, and stay
 * out of every sum.
 */
import { exp } from './exp';
import { keepLanes, loadLanes, multiplyAdd, storeLanes, sumOfLanes } from './lanes';
import { constantBFlag, constantCFlag } from './selective-scan';
import { endOf, partOf, SelectiveScanBackwardArgs, startOf, tokenOffset } from './selective-scan-backward';

export function walkChannel(args: SelectiveScanBackwardArgs, unit: i32, d: i32): void {
  const bytes = <usize>args.dState << 2;
  memory.fill(channelRow(args, args.gradients.dA, d), 0, bytes);
  if ((args.flags & constantBFlag) != 0) memory.fill(channelRow(args, args.gradients.dB, d), 0, bytes);
  if ((args.flags & constantCFlag) != 0) memory.fill(channelRow(args, args.gradients.dC, d), 0, bytes);
  for (let s = 0; s < args.sequences; s++) {
    const dH = channelRow(args, args.gradients.dH0, s * args.dInner + d);
    copyOrClear(args, dH, args.dHLast, s * args.dInner + d);
    walkSequence(args, unit, d, s, dH);
  }
}

/** `dH`: the gradient by the state after the sequence comes in, that by the state before it goes out. */
function walkSequence(args: SelectiveScanBackwardArgs, unit: i32, d: i32, s: i32, dH: usize): void {
  const start = startOf(args, s);
  const end = endOf(args, s);
  const chunk = args.chunk;
  const width = <usize>((args.dState + 3) & ~3) << 2;
  const states = args.states + ((<usize>unit * <usize>args.statesStride) << 2);
  const kept = states + <usize>chunk * width;
  if (start >= end) return;

  // Forward: the state before each chunk.
  loadState(args, kept, s * args.dInner + d);
  let before = kept;
  for (let t = start; t + chunk < end; t += chunk, before += width) {
    memory.copy(before + width, before, width);
    for (let i = t; i < t + chunk; i++) advance(args, d, i, before + width, before + width);
  }

  // Backward: each chunk with its states computed once more.
  for (let t = start + ((end - start - 1) / chunk) * chunk; t >= start; t -= chunk, before -= width) {
    const last = min(t + chunk, end) - 1;
    memory.copy(states, before, width);
    let h = states;
    for (let i = t; i < last; i++, h += width) advance(args, d, i, h, h + width);
    for (let i = last; i >= t; i--, h -= width) walkToken(args, unit, d, i, h, dH);
  }
}

/** The state after token t from the one before it, as in selective-scan.ts. */
function advance(args: SelectiveScanBackwardArgs, d: i32, t: i32, before: usize, after: usize): void {
  const i = tokenOffset(args, t, d);
  const delta = v128.load32_splat(args.gradients.dDelta + i);
  const deltaX = f32x4.mul(delta, v128.load32_splat(args.x + i));
  const A = channelRow(args, args.A, d);
  const B = sharedRow(args, args.B, args.flags & constantBFlag, t, d);
  for (let n = 0; n < args.dState; n += 4) {
    const count = args.dState - n;
    const offset = <usize>n << 2;
    const aBar = exp(f32x4.mul(delta, loadLanes(A + offset, count)));
    const bX = f32x4.mul(deltaX, loadLanes(B + offset, count));
    v128.store(after + offset, multiplyAdd(bX, aBar, v128.load(before + offset)));
  }
}

/**
 * Token t's share of every gradient. `before`: the state it meets. Read where its gradients go: Δ and gy; left there:
 * ∂/∂Δ, dX, and with z the value before the gate.
 */
function walkToken(args: SelectiveScanBackwardArgs, unit: i32, d: i32, t: i32, before: usize, dH: usize): void {
  const g = args.gradients;
  const i = tokenOffset(args, t, d);
  const delta = v128.load32_splat(g.dDelta + i);
  const gy = v128.load32_splat(g.dX + i);
  const x = v128.load32_splat(args.x + i);
  const deltaX = f32x4.mul(delta, x);
  const A = channelRow(args, args.A, d);
  const dA = channelRow(args, g.dA, d);
  const B = sharedRow(args, args.B, args.flags & constantBFlag, t, d);
  const C = sharedRow(args, args.C, args.flags & constantCFlag, t, d);
  const dB = (args.flags & constantBFlag) != 0 ? channelRow(args, g.dB, d) : partOf(args, g.dB, t, unit);
  const dC = (args.flags & constantCFlag) != 0 ? channelRow(args, g.dC, d) : partOf(args, g.dC, t, unit);
  let y = f32x4.splat(0);
  let dDelta = y;
  let dX = y;
  for (let n = 0; n < args.dState; n += 4) {
    const count = args.dState - n;
    const offset = <usize>n << 2;
    const a = loadLanes(A + offset, count);
    const b = loadLanes(B + offset, count);
    const c = loadLanes(C + offset, count);
    const aBar = exp(f32x4.mul(delta, a));
    const met = v128.load(before + offset);
    const h = keepLanes(multiplyAdd(f32x4.mul(deltaX, b), aBar, met), count);
    const r = f32x4.mul(aBar, met);
    const dh = keepLanes(multiplyAdd(loadLanes(dH + offset, count), gy, c), count);
    y = multiplyAdd(y, c, h);
    addTo(dC + offset, gy, h, count);
    addTo(dB + offset, dh, deltaX, count);
    addTo(dA + offset, dh, f32x4.mul(delta, r), count);
    dDelta = multiplyAdd(dDelta, dh, keepLanes(multiplyAdd(f32x4.mul(x, b), a, r), count));
    dX = multiplyAdd(dX, dh, b);
    storeLanes(dH + offset, f32x4.mul(aBar, dh), count);
  }
  let value = sumOfLanes(y);
  let byX = load<f32>(g.dDelta + i) * sumOfLanes(dX);
  if (args.D != 0) {
    const skip = load<f32>(args.D + (<usize>d << 2));
    value += skip * load<f32>(args.x + i);
    byX += skip * load<f32>(g.dX + i);
  }
  if (args.z != 0) store<f32>(g.dZ + i, value);
  store<f32>(g.dX + i, byX);
  store<f32>(g.dDelta + i, sumOfLanes(dDelta));
}

/** sum += a·b */
// @ts-ignore: decorator
@inline function addTo(sum: usize, a: v128, b: v128, count: i32): void {
  storeLanes(sum, multiplyAdd(loadLanes(sum, count), a, b), count);
}

/** Row i of an array whose rows are states. */
// @ts-ignore: decorator
@inline function channelRow(args: SelectiveScanBackwardArgs, base: usize, i: i32): usize {
  return base + ((<usize>i * <usize>args.dState) << 2);
}

/** The row of B or C that channel d reads: its group's at token t, or its own. */
// @ts-ignore: decorator
@inline function sharedRow(args: SelectiveScanBackwardArgs, base: usize, constant: u32, t: i32, d: i32): usize {
  if (constant != 0) return channelRow(args, base, d);
  return channelRow(args, base, t * args.groups + d / (args.dInner / args.groups));
}

/** Row i of h0, or zeros, as whole vectors. */
function loadState(args: SelectiveScanBackwardArgs, state: usize, i: i32): void {
  for (let n = 0; n < args.dState; n += 4) {
    const row = channelRow(args, args.h0, i) + (<usize>n << 2);
    v128.store(state + (<usize>n << 2), args.h0 == 0 ? f32x4.splat(0) : loadLanes(row, args.dState - n));
  }
}

/** `to` := row i of `from`, or zeros where there is no `from`. */
function copyOrClear(args: SelectiveScanBackwardArgs, to: usize, from: usize, i: i32): void {
  const bytes = <usize>args.dState << 2;
  if (from == 0) memory.fill(to, 0, bytes);
  else memory.copy(to, channelRow(args, from, i), bytes);
}
