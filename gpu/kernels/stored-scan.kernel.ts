/**
 * What the unfused selective scan stores: Ā and B̄x for every token, channel and state, (rows, dInner, dState). The fused
 * scan (selective-scan.kernel.ts) computes both inside its threads. At a sequence's first row Ā is 0 and exp(ΔA)·h₀ is
 * part of B̄x, as there; `starts` (rows): 0, or 1 + the number of the sequence that begins there.
 */
import type { KernelThis } from '../kernel-definition.ts';
import { phiOf } from './functions.kernel.ts';

/** Ā[t,d,n] = exp(Δ[t,d]·A[d,n]), 0 where a sequence begins */
export function storedABarKernel(
  this: KernelThis,
  delta: number[],
  A: number[],
  starts: number[],
  dInner: number,
  dState: number,
): number {
  let value = Math.exp(delta[this.thread.z * dInner + this.thread.y]! * A[this.thread.y * dState + this.thread.x]!);
  if (starts[this.thread.z]! > 0) {
    value = 0;
  }
  return value;
}

/** B̄x[t,d,n] = Δ·x·B, times φ(ΔA) under zero-order hold; plus exp(ΔA)·h₀ where a sequence begins */
export function storedInputKernel(
  this: KernelThis,
  delta: number[],
  x: number[],
  A: number[],
  B: number[],
  h0: number[],
  starts: number[],
  dInner: number,
  dState: number,
  channelsOfGroup: number,
  bStride: number,
  zoh: number,
): number {
  const n = this.thread.x;
  const d = this.thread.y;
  const t = this.thread.z;
  const step = delta[t * dInner + d]!;
  const v = step * A[d * dState + n]!;
  const start = starts[t]!;
  let input = step * x[t * dInner + d]! * B[t * bStride + Math.floor((d + 0.5) / channelsOfGroup) * dState + n]!;
  if (zoh > 0) {
    input = input * phiOf(v);
  }
  if (start > 0) {
    input = Math.exp(v) * h0[((start - 1) * dInner + d) * dState + n]! + input;
  }
  return input;
}
