/**
 * The operands of the selective scan, forward and backward: shapes, guards, and where each number lies.
 *
 * Time-major and contiguous: upstream (state-spaces/mamba) puts time last, the paper's Algorithm 2 puts it first.
 */

import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import { softplus } from './softplus.ts';
import type { Discretization, Floats } from './types.ts';

/**
 * One sequence, or several packed end to end (`cuSeqlens`). With `complex`, the arrays A, B, C, h0, hLast and their
 * gradients carry a trailing axis (re, im); x, delta, D, z and y stay real.
 */
export interface SelectiveScanInput {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dState: number;
  /** Variable B and C are shared by dInner/groups neighbouring channels. Default 1: by all. */
  readonly groups?: number;
  readonly x: Floats; // (seqLen, dInner), upstream's u
  readonly delta: Floats; // (seqLen, dInner), before bias and softplus
  readonly A: Floats; // (dInner, dState)
  readonly B: Floats; // (seqLen, groups, dState), or (dInner, dState) with constantB
  readonly C: Floats; // (seqLen, groups, dState), or (dInner, dState) with constantC
  readonly constantB?: boolean;
  readonly constantC?: boolean;
  readonly complex?: boolean;
  readonly D?: Floats | undefined; // (dInner): the skip connection, inside the gate
  readonly z?: Floats | undefined; // (seqLen, dInner): y is multiplied by silu(z)
  readonly deltaBias?: Floats | undefined; // (dInner), added BEFORE the softplus
  readonly deltaSoftplus?: boolean;
  /** Default `mamba`: B̄ = Δ·B. */
  readonly discretization?: Discretization | undefined;
  readonly h0?: Floats | undefined; // (sequences, dInner, dState): h_{−1}, default 0
  /** Bounds of packed sequences: 0 = c_0 ≤ c_1 ≤ … ≤ c_k = seqLen. Default [0, seqLen]: one sequence. */
  readonly cuSeqlens?: ArrayLike<number> | undefined;
}

/** @throws RangeError that names the operand, what was expected and what came. */
export function checkSelectiveScan(input: SelectiveScanInput): void {
  const { seqLen, dInner, dState, groups = 1, constantB, constantC, complex } = input;
  expectSize('seqLen', seqLen);
  expectSize('dInner', dInner);
  expectSize('dState', dState);
  expectSize('groups', groups, 1);
  if (dInner % groups !== 0) {
    throw new RangeError(`"groups" expected a divisor of dInner ${dInner}, got ${groups}`);
  }
  const re_im = complex ? { 're, im': 2 } : {};
  const perChannel = { dInner, dState, ...re_im };
  const perToken = { seqLen, groups, dState, ...re_im };
  expectShape('x', input.x, { seqLen, dInner });
  expectShape('delta', input.delta, { seqLen, dInner });
  expectShape('A', input.A, perChannel);
  expectShape('B', input.B, constantB ? perChannel : perToken);
  expectShape('C', input.C, constantC ? perChannel : perToken);
  expectOptionalShape('D', input.D, { dInner });
  expectOptionalShape('z', input.z, { seqLen, dInner });
  expectOptionalShape('deltaBias', input.deltaBias, { dInner });
  const sequences = sequenceBounds(seqLen, input.cuSeqlens).length;
  expectOptionalShape('h0', input.h0, { sequences, ...perChannel });
}

/**
 * The packed sequences as half-open ranges of tokens.
 * @throws RangeError unless cuSeqlens rises from 0 to seqLen
 */
export function sequenceBounds(seqLen: number, cuSeqlens?: ArrayLike<number>): { start: number; end: number }[] {
  const cuts = cuSeqlens === undefined ? [0, seqLen] : Array.from(cuSeqlens);
  const rises = cuts.every((cut, s) => Number.isInteger(cut) && (s === 0 || cut >= cuts[s - 1]!));
  if (!(cuts.length >= 2 && cuts[0] === 0 && cuts[cuts.length - 1] === seqLen && rises)) {
    throw new RangeError(`"cuSeqlens" expected integers rising from 0 to seqLen ${seqLen}, got [${cuts.join(', ')}]`);
  }
  return cuts.slice(1).map((end, s) => ({ start: cuts[s]!, end }));
}

/** Δ's argument: delta + deltaBias, at token t and channel d. */
export function preDelta(input: SelectiveScanInput, t: number, d: number): number {
  return input.delta[t * input.dInner + d]! + (input.deltaBias?.[d] ?? 0);
}

/** The step size Δ: bias first, then softplus. */
export function stepSize(input: SelectiveScanInput, t: number, d: number): number {
  const pre = preDelta(input, t, d);
  return input.deltaSoftplus ? softplus(pre) : pre;
}

/** Where B[t, group of d, 0] lies, or B[d, 0] for a constant B. The group of channel d is ⌊d/(dInner/groups)⌋. */
export function indexB(input: SelectiveScanInput, t: number, d: number): number {
  return rowOf(input, input.constantB, t, d);
}

/** Where C[t, group of d, 0] lies, or C[d, 0] for a constant C. */
export function indexC(input: SelectiveScanInput, t: number, d: number): number {
  return rowOf(input, input.constantC, t, d);
}

function rowOf(input: SelectiveScanInput, constant: boolean | undefined, t: number, d: number): number {
  const { dInner, dState, groups = 1 } = input;
  if (constant) return d * dState;
  const group = Math.floor(d / (dInner / groups));
  return (t * groups + group) * dState;
}
