/**
 * The operands of the selective scan, and where each number lies; shared by fused, unfused and backward kernels.
 */

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


// @ts-ignore: decorator
@inline export function startOf(args: SelectiveScanArgs, s: i32): i32 {
  return load<i32>(args.bounds + (<usize>s << 3));
}

// @ts-ignore: decorator
@inline export function endOf(args: SelectiveScanArgs, s: i32): i32 {
  return load<i32>(args.bounds + (<usize>s << 3), 4);
}

/** Row t of a view, from channel d on. */
// @ts-ignore: decorator
@inline export function at(base: usize, t: i32, stride: u32, d: i32): usize {
  return base + ((<usize>t * <usize>stride + <usize>d) << 2);
}

/** A[d, 0] */
// @ts-ignore: decorator
@inline export function rowOfA(args: SelectiveScanArgs, d: i32): usize {
  return at(args.A, d, args.dState, 0);
}

/** h[s, d, 0] */
// @ts-ignore: decorator
@inline export function rowOfState(args: SelectiveScanArgs, d: i32, s: i32): usize {
  return at(args.h, s * args.dInner + d, args.dState, 0);
}

/** B[t, group of d, 0], or B[d, 0] */
// @ts-ignore: decorator
@inline export function rowOfB(args: SelectiveScanArgs, d: i32, t: i32): usize {
  if ((args.flags & constantBFlag) != 0) return at(args.B, d, args.dState, 0);
  return at(args.B, t, args.bStride, groupOf(args, d) * args.dState);
}

/** C[t, group of d, 0], or C[d, 0] */
// @ts-ignore: decorator
@inline export function rowOfC(args: SelectiveScanArgs, d: i32, t: i32): usize {
  if ((args.flags & constantCFlag) != 0) return at(args.C, d, args.dState, 0);
  return at(args.C, t, args.cStride, groupOf(args, d) * args.dState);
}

/** ⌊d / (dInner/groups)⌋ */
// @ts-ignore: decorator
@inline export function groupOf(args: SelectiveScanArgs, d: i32): i32 {
  return args.groups == 1 ? 0 : d / (args.dInner / args.groups);
}

/** One past the last channel of d's group. */
// @ts-ignore: decorator
@inline export function endOfGroup(args: SelectiveScanArgs, d: i32): i32 {
  return args.groups == 1 ? args.dInner : (groupOf(args, d) + 1) * (args.dInner / args.groups);
}
