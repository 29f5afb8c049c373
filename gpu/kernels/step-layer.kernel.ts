/**
 * One token of every sequence through one layer in seven kernels, for plans, where every kernel call costs as much as
 * the largest product. What is fused, and what that costs in arithmetic done again:
 *
 *   1  the norm into the projection to x and z: products of normWeight·residual, and the sum of squares as one more row
 *   2  sums of 1, the convolution with SiLU, its next state, silu(z): rows of one result
 *   3  products with xProj · 4  their sums
 *   5  Δ of each channel (again for every state), the scan's next state and y: rows of one result (y runs through all
 *      states again)
 *   6  products with outProj · 7  their sums and the residual
 */
import type { KernelThis } from '../kernel-definition.ts';
import { phiOf, siluOf, softplusOf } from './functions.kernel.ts';

/** out[s][p][i] = Σ_k w[i,j]·norm[j]·r[s,j] over `steps` columns j = p + k·P, for i < rows; for i = rows Σ_k r[s,j]² */
export function normedPartialKernel(
  this: KernelThis,
  w: number[][],
  r: number[],
  norm: number[],
  rows: number,
  columns: number,
  steps: number,
  parts: number,
): number {
  let sum = 0;
  if (this.thread.x < rows) {
    for (let k = 0; k < steps; k++) {
      sum +=
        w[k * parts + this.thread.y]![this.thread.x]! *
        (norm[k * parts + this.thread.y]! * r[this.thread.z * columns + k * parts + this.thread.y]!);
    }
  } else {
    for (let k = 0; k < steps; k++) {
      const value = r[this.thread.z * columns + k * parts + this.thread.y]!;
      sum += value * value;
    }
  }
  return sum;
}

/** out[s][i] = Σ_p partial[s][p][i]/√(eps + Σ_p partial[s][p][rows]/columns): the sums of normedPartial. */
export function normedReduceKernel(
  this: KernelThis,
  partial: number[],
  rows: number,
  columns: number,
  parts: number,
  eps: number,
): number {
  let squares = 0;
  let sum = 0;
  for (let p = 0; p < parts; p++) {
    squares += partial[(this.thread.y * parts + p) * (rows + 1) + rows]!;
    sum += partial[(this.thread.y * parts + p) * (rows + 1) + this.thread.x]!;
  }
  return sum / Math.sqrt(eps + squares / columns);
}

/**
 * out[s][k][d]: the state after this token for k < taps, silu(conv) for k = taps, silu(z) for k = taps + 1. State rows
 * of a sequence are `stateRows` apart.
 */
export function convGateStepKernel(
  this: KernelThis,
  partial: number[],
  weight: number[],
  bias: number[],
  state: number[],
  dInner: number,
  dModel: number,
  parts: number,
  taps: number,
  stateRows: number,
  hasBias: number,
  eps: number,
): number {
  const d = this.thread.x;
  const k = this.thread.y;
  const s = this.thread.z;
  const width = 2 * dInner + 1;
  const start = s * parts * width;
  const before = s * stateRows * dInner + d;
  let value = 0;
  if (k + 1 < taps) {
    value = state[before + (k + 1) * dInner]!;
  } else {
    let squares = 0;
    let projected = 0;
    const column = k > taps ? dInner + d : d;
    for (let p = 0; p < parts; p++) {
      squares += partial[start + p * width + 2 * dInner]!;
      projected += partial[start + p * width + column]!;
    }
    let sum = projected / Math.sqrt(eps + squares / dModel);
    if (k === taps) {
      sum = weight[taps * dInner + d]! * sum;
      for (let tap = 0; tap < taps; tap++) {
        sum += weight[tap * dInner + d]! * state[before + tap * dInner]!;
      }
      if (hasBias > 0) {
        sum = sum + bias[d]!;
      }
    }
    value = k >= taps ? siluOf(sum) : sum;
  }
  return value;
}

/**
 * out[s][n][d]: the state after this token for n < dState, y for n = dState. `conv` is the result of convGateStep;
 * `projected` (s, dtRank + 2·dState) holds Δ | B | C. With no ranks deltaBias holds the projected Δ of every sequence.
 */
export function scanStepKernel(
  this: KernelThis,
  w: number[][],
  projected: number[],
  deltaBias: number[],
  A: number[],
  D: number[],
  h: number[],
  conv: number[],
  dInner: number,
  dState: number,
  dtRank: number,
  taps: number,
  sequenceStride: number,
  stateStride: number,
  channelStride: number,
  zoh: number,
  ranks: number,
  biasStride: number,
): number {
  const d = this.thread.x;
  const n = this.thread.y;
  const s = this.thread.z;
  const row = s * (dtRank + 2 * dState);
  const before = s * sequenceStride + d * channelStride;
  const x = conv[(s * (taps + 2) + taps) * dInner + d]!;
  let step = deltaBias[s * biasStride + d]!;
  for (let rank = 0; rank < ranks; rank++) {
    step += w[rank]![d]! * projected[row + rank]!;
  }
  step = softplusOf(step);
  let after = 0;
  if (n <= dState) {
    let y = 0;
    for (let state = 0; state < dState; state++) {
      const a = A[d * dState + state]!;
      if (n === dState || n === state) {
        let input = step * x * projected[row + dtRank + state]!;
        if (zoh > 0) {
          input = input * phiOf(step * a);
        }
        after = Math.exp(step * a) * h[before + state * stateStride]! + input;
        y += projected[row + dtRank + dState + state]! * after;
      }
    }
    if (n === dState) {
      after = (y + D[d]! * x) * conv[(s * (taps + 2) + taps + 1) * dInner + d]!;
    }
  }
  return after;
}

/** The convolution's state alone: out[s][k][d], from rows that lie `stateRows` a sequence. */
export function convStateOfStepKernel(this: KernelThis, conv: number[], dInner: number, stateRows: number): number {
  return conv[(this.thread.z * stateRows + this.thread.y) * dInner + this.thread.x]!;
}

/** The scan's state alone, states innermost: out[s][d][n] */
export function scanStateOfStepKernel(this: KernelThis, scan: number[], dInner: number, dState: number): number {
  return scan[(this.thread.z * (dState + 1) + this.thread.x) * dInner + this.thread.y]!;
}
