/**
 * Drawing a token without reading its logits: Gumbel-max, and whether top-p and min-p keep what it gives
 * (gpu/operations/draw.ts says how these kernels go together).
 *
 * `sampling` holds 1/temperature, 1 − p, k, the least share of the heaviest weight, and the tokenizer's size. Places −1:
 * a logit is NaN or +Infinity. −2: there is none. −3: none of the rounds gave a token that the filters keep.
 */
import type { KernelThis } from '../kernel-definition.ts';

/**
 * The place of the largest x[t,i]·scale + noise[t,i] in block b: a draw from softmax(x·scale) when the noise is
 * Gumbel's (Gumbel-max; see src/generation/sampler.ts), the largest x when scale is 1 and the noise 0. −1 where one is
 * NaN or +Infinity.
 */
export function blockGumbelKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  sampling: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.y * stride;
  const noiseRow = noiseOffset + this.thread.y * width;
  const from = this.thread.x * block;
  let best = -3.4e38;
  let at = from;
  let failed = 0;
  for (let k = 0; k < block; k++) {
    const i = from + k;
    if (i < width) {
      const value = x[row + i]! * sampling[0]! + noise[noiseRow + i]!;
      if (value > best) {
        best = value;
        at = i;
      }
      if (!(value <= 3.4e38)) {
        failed = 1;
      }
    }
  }
  return failed > 0 ? -1 : at;
}

/** The best of the places in a group of the blocks' places; −1 if one of them is, −2 if all are. */
export function gumbelKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  sampling: number[],
  places: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  blocks: number,
  group: number,
): number {
  let at = -2;
  let best = -3.4e38;
  let failed = 0;
  for (let b = 0; b < group; b++) {
    const i = places[this.thread.y * blocks + this.thread.x * group + b]!;
    if (this.thread.x * group + b < blocks) {
      if (i < 0) {
        failed = i < -1.5 ? failed : 1;
      } else {
        const value =
          x[i + (offset + this.thread.y * stride)]! * sampling[0]! + noise[i + (noiseOffset + this.thread.y * width)]!;
        if (value > best) {
          best = value;
          at = i;
        }
      }
    }
  }
  return failed > 0 ? -1 : at;
}

/**
 * Block b's part of how far the token w = places[t] is from being dropped: with weights e_i = exp((x_i − x_w)·scale),
 *
 *   Σ_{i not before w} e_i − (1 − p)·Σ_i e_i        positive where top-p keeps w
 *
 * over the tokenizer's ids; "before": heavier, or as heavy with a lower id. A token of which w has less than min-p's share
 * counts −10⁶. Weights are cut at e⁷⁰, which is heavy enough to have w dropped.
 */
export function keptMarginKernel(
  this: KernelThis,
  x: number[],
  sampling: number[],
  places: number[],
  offset: number,
  stride: number,
  width: number,
  block: number,
): number {
  const row = offset + this.thread.y * stride;
  const from = this.thread.x * block;
  const place = places[this.thread.y]!;
  const known = Math.min(width, sampling[4]!);
  const own = x[row + Math.max(place, 0)]!;
  let margin = 0;
  for (let k = 0; k < block; k++) {
    const i = from + k;
    if (i < known) {
      const value = x[row + i]!;
      const weight = Math.exp(Math.min((value - own) * sampling[0]!, 70));
      const before = value > own || (value >= own && i < place);
      margin -= weight * sampling[1]!;
      margin += before ? 0 : weight;
      margin -= weight * sampling[3]! > 1 ? 1000000 : 0;
    }
  }
  return margin;
}

/** out[t,g] = Σ of group g of the blocks' parts (rows, blocks). */
export function groupSumKernel(this: KernelThis, parts: number[], blocks: number, group: number): number {
  let sum = 0;
  for (let b = 0; b < group; b++) {
    const part = parts[this.thread.y * blocks + this.thread.x * group + b]!;
    sum += this.thread.x * group + b < blocks ? part : 0;
  }
  return sum;
}

/**
 * blockGumbel once more, where the filters drop w = places[t], among the tokens before it: the kept ones are, since
 * filters drop the lightest. Where they keep it: w. −2 where block b has neither. One loop over the block's columns and the
 * groups of margins, `turns` being the larger number: minifiers give two loops one counter, which GLSL refuses.
 */
export function blockGumbelBeforeKernel(
  this: KernelThis,
  x: number[],
  noise: number[],
  sampling: number[],
  places: number[],
  margins: number[],
  offset: number,
  stride: number,
  noiseOffset: number,
  width: number,
  block: number,
  groups: number,
  turns: number,
): number {
  const row = offset + this.thread.y * stride;
  const noiseRow = noiseOffset + this.thread.y * width;
  const from = this.thread.x * block;
  const place = places[this.thread.y]!;
  const own = x[row + Math.max(place, 0)]!;
  let margin = 0;
  let best = -3.4e38;
  let at = -2;
  for (let k = 0; k < turns; k++) {
    const part = margins[this.thread.y * groups + k]!;
    margin += k < groups ? part : 0;
    const i = from + k;
    if (i < width) {
      const value = x[row + i]!;
      const before = value > own || (value >= own && i < place);
      const perturbed = value * sampling[0]! + noise[noiseRow + i]!;
      if (k < block && before && perturbed > best) {
        best = perturbed;
        at = i;
      }
    }
  }
  const itself = place >= from && place < from + block ? place : -2;
  const found = margin > 0 ? itself : at;
  return place < 0 ? place : found;
}

/** places[t] if the filters keep it, else −3; −1 stays. */
export function drawnKernel(this: KernelThis, places: number[], margins: number[], groups: number): number {
  const place = places[this.thread.x]!;
  let margin = 0;
  for (let g = 0; g < groups; g++) {
    margin += margins[this.thread.x * groups + g]!;
  }
  return place < 0 || margin > 0 ? place : -3;
}
