/**
 * Forms for decoding: one token of every sequence, row s being sequence s's. They need no arrays that say which row
 * belongs to which sequence.
 */
import type { KernelThis } from '../kernel-definition.ts';
import { siluOf } from './functions.kernel.ts';

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

/**
 * The place of the largest x[t,i]·scale + noise[t,i] in block b: a draw from softmax(x·scale) when the noise is
 * Gumbel's (Gumbel-max; see src/generation/sampler.ts), the largest x when scale is 1 and the noise 0.
 */
export function blockGumbelKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  scale: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.y * stride;
  const noiseRow = noiseOffset + this.thread.y * width;
  const from = this.thread.x * block;
  let best = x[row + from]! * scale[0]! + noise[noiseRow + from]!;
  let at = from;
  for (let k = 1; k < block; k++) {
    const i = from + k;
    if (i < width) {
      const value = x[row + i]! * scale[0]! + noise[noiseRow + i]!;
      if (value > best) {
        best = value;
        at = i;
      }
    }
  }
  return at;
}

/** The best of the places in a group of the blocks' places. */
export function gumbelKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  scale: number[],
  places: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  blocks: number,
  group: number,
): number {
  let at = places[this.thread.y * blocks + this.thread.x * group]!;
  let best =
    x[at + (offset + this.thread.y * stride)]! * scale[0]! + noise[at + (noiseOffset + this.thread.y * width)]!;
  for (let b = 1; b < group; b++) {
    const i = places[this.thread.y * blocks + this.thread.x * group + b]!;
    if (this.thread.x * group + b < blocks) {
      const value =
        x[i + (offset + this.thread.y * stride)]! * scale[0]! + noise[i + (noiseOffset + this.thread.y * width)]!;
      if (value > best) {
        best = value;
        at = i;
      }
    }
  }
  return at;
}
