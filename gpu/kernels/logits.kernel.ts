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

/** out[t,g]: the best of the places in group g of the blocks' places (rows, blocks). */
export function argmaxKernel(
  this: KernelThis,
  x: number[],
  places: number[],
  offset: number,
  stride: number,
  blocks: number,
  group: number,
): number {
  let at = places[this.thread.y * blocks + this.thread.x * group]!;
  let best = x[at + (offset + this.thread.y * stride)]!;
  for (let b = 1; b < group; b++) {
    const i = places[this.thread.y * blocks + this.thread.x * group + b]!;
    if (this.thread.x * group + b < blocks) {
      const value = x[i + (offset + this.thread.y * stride)]!;
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
  const place = places[this.thread.y]!;
  const most = x[row + place]!;
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
