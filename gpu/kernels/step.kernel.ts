/**
 * Forms for decoding: one token of every sequence, row s being sequence s's. They need no arrays that say which row
 * belongs to which sequence.
 */
import type { KernelThis } from '../kernel-definition.ts';
import { phiOf, siluOf, softplusOf } from './functions.kernel.ts';

/** out[s,d] = silu(bias[d] + Σ_k weight[k,d]·(the last dConv − 1 tokens of the state, then x[s,d])) */
export function convStepKernel(
  this: KernelThis,
  x: number[],
  weight: number[],
  bias: number[],
  state: number[],
  offset: number,
  stride: number,
  dInner: number,
  taps: number,
  hasBias: number,
): number {
  const d = this.thread.x;
  const s = this.thread.y;
  let sum = 0;
  for (let k = 0; k < taps; k++) {
    sum += weight[k * dInner + d]! * state[(s * taps + k) * dInner + d]!;
  }
  sum += weight[taps * dInner + d]! * x[offset + s * stride + d]!;
  if (hasBias > 0) {
    sum = sum + bias[d]!;
  }
  return siluOf(sum);
}

/** The state moves on by one token: out[s,k,d] = state[s,k+1,d], the last one x[s,d]. */
export function convStepStateKernel(
  this: KernelThis,
  x: number[],
  state: number[],
  offset: number,
  stride: number,
  dInner: number,
  taps: number,
): number {
  const d = this.thread.x;
  const k = this.thread.y;
  const s = this.thread.z;
  let value = 0;
  if (k + 1 < taps) {
    value = state[(s * taps + k + 1) * dInner + d]!;
  } else {
    value = x[offset + s * stride + d]!;
  }
  return value;
}

/** One token a sequence: h ← Ā·h + B̄·x, with Δ from delta and deltaBias. Row s belongs to sequence s. */
export function stepStateKernel(
  this: KernelThis,
  delta: number[],
  deltaBias: number[],
  x: number[],
  A: number[],
  B: number[],
  h: number[],
  dInner: number,
  dState: number,
  channelsOfGroup: number,
  deltaOffset: number,
  deltaStride: number,
  xOffset: number,
  xStride: number,
  bOffset: number,
  bStride: number,
  hasBias: number,
  softplus: number,
  zoh: number,
): number {
  const n = this.thread.x;
  const d = this.thread.y;
  const s = this.thread.z;
  let step = delta[deltaOffset + s * deltaStride + d]!;
  if (hasBias > 0) {
    step = step + deltaBias[d]!;
  }
  if (softplus > 0) {
    step = softplusOf(step);
  }
  const a = A[d * dState + n]!;
  const group = Math.floor((d + 0.5) / channelsOfGroup) * dState;
  let input = step * x[xOffset + s * xStride + d]! * B[bOffset + s * bStride + group + n]!;
  if (zoh > 0) {
    input = input * phiOf(step * a);
  }
  return Math.exp(step * a) * h[(s * dInner + d) * dState + n]! + input;
}

/** One token a sequence: y from the new states. */
export function stepOutputKernel(
  this: KernelThis,
  h: number[],
  C: number[],
  D: number[],
  x: number[],
  z: number[],
  dInner: number,
  dState: number,
  channelsOfGroup: number,
  cOffset: number,
  cStride: number,
  xOffset: number,
  xStride: number,
  zOffset: number,
  zStride: number,
  hasD: number,
  hasZ: number,
): number {
  const d = this.thread.x;
  const s = this.thread.y;
  const group = Math.floor((d + 0.5) / channelsOfGroup) * dState;
  let y = 0;
  for (let n = 0; n < dState; n++) {
    y += C[cOffset + s * cStride + group + n]! * h[(s * dInner + d) * dState + n]!;
  }
  if (hasD > 0) {
    y = y + D[d]! * x[xOffset + s * xStride + d]!;
  }
  if (hasZ > 0) {
    y = y * siluOf(z[zOffset + s * zStride + d]!);
  }
  return y;
}
