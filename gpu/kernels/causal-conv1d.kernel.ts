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
  const d = this.thread.x;
  const t = this.thread.y;
  const sequence = rowInfo[2 * t]!;
  const first = rowInfo[2 * t + 1]!;
  let sum = 0;
  for (let k = 0; k < dConv; k++) {
    const source = t + k - (dConv - 1);
    let value = 0;
    if (source >= first) {
      value = x[offset + source * stride + d]!;
    } else {
      value = state[(sequence * (dConv - 1) + (source - first) + (dConv - 1)) * dInner + d]!;
    }
    sum += weight[k * dInner + d]! * value;
  }
  if (hasBias > 0) {
    sum = sum + bias[d]!;
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
