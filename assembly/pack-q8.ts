/**
 * packQ8: float32 rows to q8_0, with ggml's rounding (quantize_row_q8_0_ref):
 *
 *   d = max |w| of a block of 32 / 127     q = round(w·(1/d)), halves away from zero     stored: the value of f16(d), q
 *
 * dst as quantize-layout.ts says, src (rows, dIn) float32 contiguous, dIn divisible by 32. A unit is a group of FOUR
 * rows, units = ⌈rows/4⌉; a matrix may be packed in pieces of whole groups. Where f16(d) is 0 all q are 0. A block
 * with NaN or Infinity gets the scale Infinity and all q = 0, so that every output it touches is NaN.
 */
import { F16, narrowOne, widenOne } from './half';
import { PackArgs } from './pack-half';
import { blockBytes, blockLength, groupBytes, scaleBytes } from './quantize-layout';

export function packQ8(args: PackArgs, from: i32, to: i32, scratch: usize): void {
  const bytes = groupBytes(args.dIn);
  for (let group = from; group < to; group++) {
    const dst = args.dst + <usize>group * bytes;
    memory.fill(dst, 0, bytes);
    const count = min(4, args.rows - 4 * group);
    for (let k = 0; k < count; k++) {
      packRow(dst, k, args.src + ((<usize>(4 * group + k) * args.dIn) << 2), args.dIn / blockLength);
    }
  }
}

function packRow(block: usize, k: i32, src: usize, blocks: i32): void {
  for (let b = 0; b < blocks; b++) {
    packBlock(block + (k << 2), block + scaleBytes + (k << 1), src);
    block += blockBytes;
    src += <usize>blockLength << 2;
  }
}

function packBlock(scale: usize, pairs: usize, src: usize): void {
  let lanes = f32x4.splat(0);
  for (let j: usize = 0; j < 128; j += 16) lanes = f32x4.max(lanes, f32x4.abs(v128.load(src + j)));
  lanes = f32x4.max(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  const largest = max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1));
  const finite = largest < Infinity;

  const d: f32 = finite ? largest / 127 : Infinity;
  const bits = narrowOne<F16>(d);
  store<f32>(scale, widenOne<F16>(bits));
  if (bits == 0 || !finite) return; // the group was filled with 0
  const inverse: f32 = 1 / d;
  for (let j: usize = 0; j < 16; j++) {
    const w = v128.load64_zero(src + (j << 3));
    const q = roundAway(f32x4.mul(w, f32x4.splat(inverse)));
    store<i8>(pairs + (j << 3), <i8>i32x4.extract_lane(q, 0));
    store<i8>(pairs + (j << 3), <i8>i32x4.extract_lane(q, 1), 1);
  }
}

/** To the nearest integer, halves away from zero, as C's roundf: v − trunc(v) is exact. */
// @ts-ignore: decorator
@inline function roundAway(v: v128): v128 {
  const whole = f32x4.trunc(v);
  const up = f32x4.ge(f32x4.abs(f32x4.sub(v, whole)), f32x4.splat(0.5));
  const one = v128.or(f32x4.splat(1), v128.and(v, i32x4.splat(0x80000000)));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(whole, v128.and(up, one)));
}
