/**
 * Gradients of the selective scan under Mamba's rule (B̄ = Δ·B), recomputing: kept is one state a chunk of tokens; each
 * chunk's states are computed once more when the walk back reaches it (the paper's §3.3.2). The formulas are in
 * src/reference/selective-scan-token-backward.ts; the walk is in selective-scan-backward-walk.ts, what concerns single
 * tokens before and after it in selective-scan-backward-tokens.ts.
 *
 * Operands are contiguous, aligned to 4; gradients overlap no operand, and are written, not added to. Unit: up to
 * `block` neighbouring channels of one group; a unit runs its channels one after the other. The gradients of variable B
 * and C come as one part a unit, (rows, units, dState), to be summed by sumParts.
 *
 * Order: dA, dC and dB add the sequences in turn, tokens backwards, then channels upwards; dD and dDeltaBias add tokens
 * upwards; Σ_n as in selective-scan.ts. Neither the chunk's length nor who computes which unit changes a bit.
 */
import { constantBFlag, constantCFlag } from './selective-scan';
import { finishTokens, prepareTokens } from './selective-scan-backward-tokens';
import { walkChannel } from './selective-scan-backward-walk';

/** Where the gradients go: a table of nine words. */
@unmanaged
export class SelectiveScanGradients {
  dX: usize; // (rows, dInner)
  dDelta: usize; // (rows, dInner): by delta before bias and softplus
  dA: usize; // (dInner, dState)
  dB: usize; // parts (rows, units, dState), or (dInner, dState) for a constant B
  dC: usize;
  dD: usize; // (dInner), or 0 without D
  dZ: usize; // (rows, dInner), or 0 without z
  dDeltaBias: usize; // (dInner)
  dH0: usize; // (sequences, dInner, dState)
}

@unmanaged
export class SelectiveScanBackwardArgs {
  x: usize; // (rows, dInner)
  delta: usize; // (rows, dInner)
  A: usize; // (dInner, dState)
  B: usize; // (rows, groups, dState), or (dInner, dState)
  C: usize;
  D: usize; // (dInner), or 0
  z: usize; // (rows, dInner), or 0
  deltaBias: usize; // (dInner), or 0
  h0: usize; // (sequences, dInner, dState), or 0
  dY: usize; // (rows, dInner)
  dHLast: usize; // (sequences, dInner, dState), or 0
  gradients: SelectiveScanGradients;
  states: usize; // each unit's kept states, aligned to 16
  statesStride: u32; // floats a unit: (chunk + ⌈longest sequence/chunk⌉)·(dState rounded up to 4)
  bounds: usize; // u32 (sequences, 2)
  sequences: i32;
  dInner: i32;
  dState: i32;
  groups: i32;
  flags: u32; // as the scan's
  chunk: i32; // tokens, ≥ 1
  block: i32; // channels of a unit at most, ≥ 1
}

export function selectiveScanBackward(args: SelectiveScanBackwardArgs, from: i32, to: i32): void {
  const inGroup = args.dInner / args.groups;
  const blocks = (inGroup + args.block - 1) / args.block;
  for (let unit = from; unit < to; unit++) {
    const first = (unit / blocks) * inGroup + (unit % blocks) * args.block;
    const end = min(first + args.block, (unit / blocks + 1) * inGroup);
    clearParts(args, unit);
    prepareTokens(args, first, end);
    for (let d = first; d < end; d++) walkChannel(args, unit, d);
    finishTokens(args, first, end);
  }
}

/** A unit's parts of dB and dC begin at zero. */
function clearParts(args: SelectiveScanBackwardArgs, unit: i32): void {
  for (let s = 0; s < args.sequences; s++) {
    const last = endOf(args, s);
    for (let t = startOf(args, s); t < last; t++) {
      const bytes = <usize>args.dState << 2;
      if ((args.flags & constantBFlag) == 0) memory.fill(partOf(args, args.gradients.dB, t, unit), 0, bytes);
      if ((args.flags & constantCFlag) == 0) memory.fill(partOf(args, args.gradients.dC, t, unit), 0, bytes);
    }
  }
}

// @ts-ignore: decorator
@inline export function startOf(args: SelectiveScanBackwardArgs, s: i32): i32 {
  return load<i32>(args.bounds + (<usize>s << 3));
}

// @ts-ignore: decorator
@inline export function endOf(args: SelectiveScanBackwardArgs, s: i32): i32 {
  return load<i32>(args.bounds + (<usize>s << 3), 4);
}

/** Bytes from the start of a (rows, dInner) array to channel d of token t. */
// @ts-ignore: decorator
@inline export function tokenOffset(args: SelectiveScanBackwardArgs, t: i32, d: i32): usize {
  return (<usize>t * <usize>args.dInner + <usize>d) << 2;
}

/** A unit's part of the gradient by B or C at token t. */
// @ts-ignore: decorator
@inline export function partOf(args: SelectiveScanBackwardArgs, parts: usize, t: i32, unit: i32): usize {
  const blocks = (args.dInner / args.groups + args.block - 1) / args.block;
  return parts + (((<usize>t * <usize>(args.groups * blocks) + <usize>unit) * <usize>args.dState) << 2);
}
