/**
 * The heaviest tokens in order, for top-k: blocks of columns are sorted, then merged in pairs of which only the first
 * `length` are kept, until one list a row is left. "First": larger, or equal with the lower id; NaN before all numbers.
 * Places −2 stand for nothing, behind everything.
 */
import type { KernelThis } from '../kernel-definition.ts';

/** 1 where a stands before b, of which a has the lower id. */
export function standsBefore(a: number, b: number): number {
  const aIsNumber = a <= 0 || a > 0;
  const bIsNumber = b <= 0 || b > 0;
  return (bIsNumber && a >= b) || !aIsNumber ? 1 : 0;
}

/** out[t,b,j]: how many columns of block b stand before column j of it; a thousand more where there is no column j. */
export function rankInBlockKernel(
  this: KernelThis,
  x: number[],
  offset: number,
  stride: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.z * stride;
  const from = this.thread.y * block;
  const at = from + this.thread.x;
  const own = x[row + at]!;
  let rank = 0;
  for (let k = 0; k < block; k++) {
    const i = from + k;
    if (i < width) {
      const other = x[row + i]!;
      rank += i < at ? standsBefore(other, own) : 0;
      rank += i > at ? 1 - standsBefore(own, other) : 0;
    }
  }
  return at < width ? rank : rank + 1000;
}

/** out[t,b,r]: the column of block b that has rank r. */
export function sortedBlockKernel(this: KernelThis, ranks: number[], block: number, blocks: number): number {
  const first = (this.thread.z * blocks + this.thread.y) * block;
  let at = -2;
  for (let k = 0; k < block; k++) {
    const rank = ranks[first + k]!;
    if (rank > this.thread.x - 0.5 && rank < this.thread.x + 0.5) {
      at = this.thread.y * block + k;
    }
  }
  return at;
}

/**
 * out[t,m,r]: the r-th of lists 2m and 2m+1 together. Among its first r are i of the first list, where i is the largest for
 * which a[i−1] stands before b[r−i]; that is found by halving.
 */
export function mergedListsKernel(
  this: KernelThis,
  x: number[],
  lists: number[],
  offset: number,
  stride: number,
  length: number,
  count: number,
  halvings: number,
): number {
  let high = this.thread.x + 1; // whole numbers first: CONTRIBUTING, GPUs
  const row = offset + this.thread.z * stride;
  const first = (this.thread.z * count + this.thread.y * 2) * length;
  const second = this.thread.y * 2 + 1 < count ? first + length : first;
  const alone = this.thread.y * 2 + 2 > count;
  let low = 0;
  for (let s = 0; s < halvings; s++) {
    const middle = Math.floor((low + high) / 2);
    const a = lists[first + Math.max(middle - 1, 0)]!;
    const b = lists[second + this.thread.x - middle]!;
    const before = standsBefore(x[row + Math.max(a, 0)]!, x[row + Math.max(b, 0)]!) > 0;
    const aFirst = alone || b < 0 || (a >= 0 && before);
    if (high - low > 1.5) {
      low = aFirst ? middle : low;
      high = aFirst ? high : middle;
    }
  }
  const left = lists[first + low]!;
  const right = lists[second + this.thread.x - low]!;
  const leftBefore = standsBefore(x[row + Math.max(left, 0)]!, x[row + Math.max(right, 0)]!) > 0;
  return alone || right < 0 || (left >= 0 && leftBefore) ? left : right;
}

/** out[t] = Σ_r exp((x_r − x_0)·scale) over the first k of the sorted places. */
export function candidateMassKernel(
  this: KernelThis,
  x: number[],
  sampling: number[],
  sorted: number[],
  offset: number,
  stride: number,
  length: number,
): number {
  const row = offset + this.thread.x * stride;
  const first = this.thread.x * length;
  const heaviest = sorted[first]!;
  const most = x[row + heaviest]!;
  let mass = 0;
  for (let r = 0; r < length; r++) {
    const place = sorted[first + r]!;
    const weight = Math.exp((x[row + Math.max(place, 0)]! - most) * sampling[0]!);
    mass += place >= 0 && r < sampling[2]! ? weight : 0;
  }
  return mass;
}

/**
 * A draw among the first k of the sorted places: top-p drops the lightest of them while their weights sum to at most
 * (1 − p) of all k, min-p those below its share of the first; Gumbel-max chooses from the rest.
 */
export function drawOfSortedKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  sampling: number[],
  sorted: number[],
  masses: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  length: number,
): number {
  const row = offset + this.thread.x * stride;
  const noiseRow = noiseOffset + this.thread.x * width;
  const first = this.thread.x * length;
  const heaviest = sorted[first]!;
  const most = x[row + heaviest]!;
  const mass = masses[this.thread.x]!;
  let heavier = 0;
  let best = -3.4e38;
  let at = -2;
  for (let r = 0; r < length; r++) {
    const place = sorted[first + r]!;
    const scaled = (x[row + Math.max(place, 0)]! - most) * sampling[0]!;
    const weight = Math.exp(scaled);
    const perturbed = scaled + noise[noiseRow + Math.max(place, 0)]!;
    const kept = mass - heavier > sampling[1]! * mass && weight >= sampling[3]!;
    if (place >= 0 && r < sampling[2]! && kept && perturbed > best) {
      best = perturbed;
      at = place;
    }
    heavier += weight;
  }
  return most <= 0 || most > 0 ? at : -1;
}
