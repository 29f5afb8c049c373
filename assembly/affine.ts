/**
 * Elements of the scans: affine maps h ↦ a·h + b, one a token and channel, composed the earlier one first:
 *
 *   (a0, b0) ∘ (a1, b1) = (a1·a0, a1·b0 + b1)     identity (1, 0)
 *
 * Arrays (n, channels) of f32 or f64, contiguous, aligned to their numbers. Products are never fused with sums: every
 * build gives the same bits. Unit: a block of neighbouring channels, as many as a vector has lanes (4 or 2); the last
 * block may have fewer. `h` may be `b`'s memory or `a`'s: it is written after all that is read at its place.
 */
import { loadLanes, storeLanes } from './lanes';

@unmanaged
export class ScanArgs {
  a: usize; // (n, channels)
  b: usize; // (n, channels)
  h: usize; // (n, channels)
  work: usize; // Blelloch's trees; the sequential scan has none
  n: i32;
  channels: i32;
}

/** Channels of a block. */
// @ts-ignore: decorator
@inline export function lanesOf<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** Channel c of token t. */
// @ts-ignore: decorator
@inline export function placeOf<T>(base: usize, args: ScanArgs, t: i32, c: i32): usize {
  return base + (<usize>t * <usize>args.channels + <usize>c) * sizeof<T>();
}

/** The first `count` channels of a block, the others 0. */
// @ts-ignore: decorator
@inline export function takeLanes<T>(address: usize, count: i32): v128 {
  if (sizeof<T>() == 4) return loadLanes(address, count);
  return count >= 2 ? v128.load(address) : v128.load64_zero(address);
}

// @ts-ignore: decorator
@inline export function putLanes<T>(address: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 4) storeLanes(address, v, count);
  else if (count >= 2) v128.store(address, v);
  else v128.store64_lane(address, v, 0);
}

/** a·h + b, rounded twice. */
// @ts-ignore: decorator
@inline export function applyMap<T>(a: v128, b: v128, h: v128): v128 {
  return v128.add<T>(v128.mul<T>(a, h), b);
}
