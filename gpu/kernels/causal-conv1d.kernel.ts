/**
 * The causal convolution with SiLU over packed rows, and the state it leaves. `rowInfo` holds two numbers a row: its
 * sequence, and the first row of that sequence; what lies before it comes from the state (sequences, dConv − 1, dInner).
 */
import type { KernelThis } from '../kernel-definition.ts';
import { siluOf } from './functions.kernel.ts';

/** out[t,d] = silu(bias[d] + Σ_k weight[k,d]·x[t − (dConv − 1) + k, d]) */
export function causalConv1dKernel(
  this: KernelThis,
  x: number[],
  weight: number[],
  bias: number[],
  state: number[],
  rowInfo: number[],
  offset: number,
  stride: number,
  dInner: number,
  dConv: number,
  hasBias: number,
): number {
  const sequence = rowInfo[2 * this.thread.y]!;
  const first = rowInfo[2 * this.thread.y + 1]!;
  let sum = 0;
  for (let k = 0; k < dConv; k++) {
    let value = 0;
    if (this.thread.y + k - (dConv - 1) >= first) {
      value = x[offset + (this.thread.y + k - (dConv - 1)) * stride + this.thread.x]!;
    } else {
      value = state[(sequence * (dConv - 1) + (this.thread.y + k - first)) * dInner + this.thread.x]!;
    }
    sum += weight[k * dInner + this.thread.x]! * value;
  }
  if (hasBias > 0) {
    sum = sum + bias[this.thread.x]!;
  }
  return siluOf(sum);
}

/** The last dConv − 1 tokens of every sequence, oldest first: out[s,k,d]. `bounds` (sequences, 2): first row, end row. */
export function convStateKernel(
  this: KernelThis,
  x: number[],
  state: number[],
  bounds: number[],
  offset: number,
  stride: number,
  dInner: number,
  taps: number,
): number {
  const d = this.thread.x;
  const k = this.thread.y;
  const sequence = this.thread.z;
  const first = bounds[2 * sequence]!;
  const end = bounds[2 * sequence + 1]!;
  const row = end - taps + k;
  let value = 0;
  if (row >= first) {
    value = x[offset + row * stride + d]!;
  } else {
    value = state[(sequence * taps + (row - first) + taps) * dInner + d]!;
  }
  return value;
}
