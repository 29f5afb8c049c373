/**
 * linear with q8_0 weights and int16 activations (layouts: quantize-layout.ts; x and xScale come from quantizeRows, dIn
 * is divisible by 32, xStride is not used).
 *
 * Order of summation, for each (row, token): the 32 products of a block are added exactly, as integers (below 2^28);
 * the sum is rounded to float32, multiplied by the block's scale and added to the blocks before it, in ascending order;
 * then times the token's scale; bias; old value. The same for one token and for many.
 *
 * The unit of work is four groups of four rows far apart: groups unit + 0, q, 2q, 3q with q = ⌊groups/4⌋ and
 * groups = ⌈dOut/4⌉; the groups left over are the last unit; units = ⌈groups/4⌉. Scratch: 17·dIn + 192 bytes.
 */
import { scratchBytes } from './control';
import { F16, widenLow } from './half';
import { finish, LinearArgs, rowOf, rowsIn } from './linear';
import { multiplyAdd } from './linear-tile';
import { blockBytes, blockLength, groupBytes, pairsOf, pairStep, scaleBytes } from './quantize-layout';

// @ts-ignore: decorator
@inline const sumBytes: usize = 128;
// @ts-ignore: decorator
@inline const wideBlockBytes: usize = 544; // of two groups: 2 × 4 f32 scales, 16 × 2 × 4 pairs of int16

export function linearQ8(args: LinearArgs, from: i32, to: i32, scratch: usize): void {
  const wideBytes = <usize>(args.dIn / blockLength) * wideBlockBytes;
  const woven = sumBytes + wideBytes > scratchBytes ? 0 : args.rows & ~3;
  for (let unit = from; unit < to; unit++) {
    if (woven > 0) {
      quadsTimesTwoGroups(args, unit, 0, woven, scratch);
      quadsTimesTwoGroups(args, unit, 2, woven, scratch);
    }
    for (let t = woven; t < args.rows; t++) tokenTimesUnit(args, unit, t, scratch);
  }
}

// --- one token: weights stream past -----------------------------------------------------------------------------------

function tokenTimesUnit(args: LinearArgs, unit: i32, t: i32, sums: usize): void {
  const x = pairsOf(args.x, args.rows, args.dIn, t);
  const g0 = groupAt(args, unit, 0);
  const g1 = groupAt(args, unit, 1);
  const g2 = groupAt(args, unit, 2);
  const g3 = groupAt(args, unit, 3);
  dot16x1(g0, g1, g2, g3, x, pairStep(args.rows, t), args.dIn, sums);
  for (let k = 0; k < groupsIn(args, unit); k++) finishGroup(args, t, groupOf(args, unit, k), sums + (<usize>k << 4));
}

function dot16x1(w0: usize, w1: usize, w2: usize, w3: usize, x: usize, step: usize, n: i32, sums: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const last = w0 + groupBytes(n); w0 < last; ) {
    const d0 = scalesAt(w0);
    const d1 = scalesAt(w1);
    const d2 = scalesAt(w2);
    const d3 = scalesAt(w3);
    let i0 = i32x4.splat(0);
    let i1 = i32x4.splat(0);
    let i2 = i32x4.splat(0);
    let i3 = i32x4.splat(0);
    for (const end = w0 + 128; w0 < end; w0 += 8) {
      const xs = v128.load32_splat(x);
      i0 = addPairs(i0, w0, xs);
      i1 = addPairs(i1, w1, xs);
      i2 = addPairs(i2, w2, xs);
      i3 = addPairs(i3, w3, xs);
      x += step;
      w1 += 8;
      w2 += 8;
      w3 += 8;
    }
    s0 = multiplyAdd(s0, f32x4.convert_i32x4_s(i0), d0);
    s1 = multiplyAdd(s1, f32x4.convert_i32x4_s(i1), d1);
    s2 = multiplyAdd(s2, f32x4.convert_i32x4_s(i2), d2);
    s3 = multiplyAdd(s3, f32x4.convert_i32x4_s(i3), d3);
    w0 += 8;
    w1 += 8;
    w2 += 8;
    w3 += 8;
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

// @ts-ignore: decorator
@inline function addPairs(sum: v128, w: usize, xs: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(w, scaleBytes), xs));
}

/** The scales of a group's block. */
// @ts-ignore: decorator
@inline function scalesAt(block: usize): v128 {
  return widenLow<F16>(v128.load16x4_u(block));
}

// --- four woven tokens at a time: two groups are widened to int16 once -----------------------------------------------

function quadsTimesTwoGroups(args: LinearArgs, unit: i32, k: i32, tokens: i32, scratch: usize): void {
  const count = min(2, groupsIn(args, unit) - k);
  if (count <= 0) return;
  const wide = scratch + sumBytes;
  widenGroup(wide, groupAt(args, unit, k), args.dIn, 0);
  widenGroup(wide, groupAt(args, unit, k + 1), args.dIn, 1);
  for (let t = 0; t < tokens; t += 4) {
    dot8x4(wide, pairsOf(args.x, args.rows, args.dIn, t), args.dIn, scratch);
    for (let c = 0; c < count; c++) {
      const group = groupOf(args, unit, k + c);
      for (let m = 0; m < 4; m++) finishGroup(args, t + m, group, scratch + (<usize>(4 * c + m) << 4));
    }
  }
}

function widenGroup(wide: usize, w: usize, n: i32, which: i32): void {
  wide += <usize>which << 4;
  for (const last = w + groupBytes(n); w < last; w += 8) {
    v128.store(wide, scalesAt(w));
    wide += 32;
    for (const end = w + 128; w < end; w += 8) {
      v128.store(wide, v128.load8x8_s(w, scaleBytes));
      wide += 32;
    }
  }
}

function dot8x4(wide: usize, x: usize, n: i32, sums: usize): void {
  memory.fill(sums, 0, sumBytes);
  for (const last = wide + <usize>(n / blockLength) * wideBlockBytes; wide < last; ) {
    const da = v128.load(wide);
    const db = v128.load(wide, 16);
    wide += 32;
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    for (const end = wide + 512; wide < end; wide += 32) {
      const wa = v128.load(wide);
      const wb = v128.load(wide, 16);
      const x0 = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(wa, x0));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(wb, x0));
      const x1 = v128.load32_splat(x, 4);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(wa, x1));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(wb, x1));
      const x2 = v128.load32_splat(x, 8);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(wa, x2));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(wb, x2));
      const x3 = v128.load32_splat(x, 12);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(wa, x3));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(wb, x3));
      x += 16;
    }
    addScaled(sums, a0, da);
    addScaled(sums + 16, a1, da);
    addScaled(sums + 32, a2, da);
    addScaled(sums + 48, a3, da);
    addScaled(sums + 64, b0, db);
    addScaled(sums + 80, b1, db);
    addScaled(sums + 96, b2, db);
    addScaled(sums + 112, b3, db);
  }
}

// @ts-ignore: decorator
@inline function addScaled(sums: usize, block: v128, scales: v128): void {
  v128.store(sums, multiplyAdd(v128.load(sums), f32x4.convert_i32x4_s(block), scales));
}

// --- groups and results -----------------------------------------------------------------------------------------------

/** Group k of a unit's four; the last unit repeats its last group. */
// @ts-ignore: decorator
@inline function groupOf(args: LinearArgs, unit: i32, k: i32): i32 {
  return rowOf((args.dOut + 3) >> 2, unit, k);
}

// @ts-ignore: decorator
@inline function groupsIn(args: LinearArgs, unit: i32): i32 {
  return rowsIn((args.dOut + 3) >> 2, unit);
}

// @ts-ignore: decorator
@inline function groupAt(args: LinearArgs, unit: i32, k: i32): usize {
  return args.weight + <usize>groupOf(args, unit, k) * groupBytes(args.dIn);
}

function finishGroup(args: LinearArgs, t: i32, group: i32, sums: usize): void {
  const scale = load<f32>(args.xScale + (<usize>t << 2));
  const count = min(4, args.dOut - 4 * group);
  for (let k = 0; k < count; k++) finish(args, t, 4 * group + k, load<f32>(sums + (<usize>k << 2)) * scale);
}
