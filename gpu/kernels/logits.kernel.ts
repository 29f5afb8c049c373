/**
 * What is wanted of logits without reading them: the largest, and how surprising a target is. Rows are cut into blocks
 * of neighbouring columns; a second kernel puts the blocks together.
 */
import type { KernelThis } from '../kernel-definition.ts';

/** out[t,b]: the place of the largest x[t,·] in block b, the first NaN if there is one, the first among equals. */
export function blockArgmaxKernel(
  this: KernelThis,
  x: number[],
  offset: number,
  stride: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.y * stride;
  const from = this.thread.x * block;
  let best = x[row + from]!;
  let at = from;
  for (let k = 1; k < block; k++) {
    const i = from + k;
    if (i < width) {
      const value = x[row + i]!;
      const bestIsNumber = best <= 0 || best > 0;
      const valueIsNumber = value <= 0 || value > 0;
      if (bestIsNumber && (!valueIsNumber || value > best)) {
        best = value;
        at = i;
      }
    }
  }
  return at;
}

/** out[t]: the best of the blocks' places. */
export function argmaxKernel(
  this: KernelThis,
  x: number[],
  places: number[],
  offset: number,
  stride: number,
  blocks: number,
): number {
  const row = offset + this.thread.x * stride;
  let at = places[this.thread.x * blocks]!;
  let best = x[row + at]!;
  for (let b = 1; b < blocks; b++) {
    const i = places[this.thread.x * blocks + b]!;
    const value = x[row + i]!;
    const bestIsNumber = best <= 0 || best > 0;
    const valueIsNumber = value <= 0 || value > 0;
    if (bestIsNumber && (!valueIsNumber || value > best)) {
      best = value;
      at = i;
    }
  }
  return at;
}

/** out[t,b] = Σ_i exp(x[t,i] − max) over block b, max from the row's argmax. */
export function blockExpSumKernel(
  this: KernelThis,
  x: number[],
  places: number[],
  offset: number,
  stride: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.y * stride;
  const from = this.thread.x * block;
  const most = x[row + places[this.thread.y]!]!;
  let sum = 0;
  for (let k = 0; k < block; k++) {
    if (from + k < width) {
      sum += Math.exp(x[row + from + k]! - most);
    }
  }
  return sum;
}

/** out[t] = log Σ_b sums[t,b] + (max − x[t,targets[t]]) */
export function crossEntropyKernel(
  this: KernelThis,
  x: number[],
  places: number[],
  sums: number[],
  targets: number[],
  offset: number,
  stride: number,
  blocks: number,
): number {
  const row = offset + this.thread.x * stride;
  let sum = 0;
  for (let b = 0; b < blocks; b++) {
    sum += sums[this.thread.x * blocks + b]!;
  }
  return Math.log(sum) + (x[row + places[this.thread.x]!]! - x[row + targets[this.thread.x]!]!);
}
