/**
 * Matrix products and embedding with weights in q8_0: what kernels/linear.kernel.ts does, parameters and order included.
 * Weights lie packed (q8.ts) and transposed, w[12·block + k][i]: neighbouring threads read neighbouring words, each word
 * once for three products. They are taken apart by powers of two, never by division, which need not be exact. Places are
 * written out, as there.
 *
 *   out[t,i] = bias[i] + Σ_b d[i,b]·(Σ_j q[i,b,j]·x[t,32b+j]) (+ the old out[t,i])
 */
import type { KernelThis } from '../kernel-definition.ts';

/** The lowest byte of a word, less 128: w − 2⁸·⌊w/2⁸⌋ − 128. */
export function lowOf(word: number): number {
  return word - Math.floor(word * 0.00390625) * 256 - 128;
}

/** The highest byte, less 128. */
export function highOf(word: number): number {
  return Math.floor(word * 0.0000152587890625) - 128;
}

/** The byte between them, less 128. */
export function middleOf(word: number): number {
  return Math.floor(word * 0.00390625) - Math.floor(word * 0.0000152587890625) * 256 - 128;
}

/** One thread a result: for many tokens, or short rows of weights. */
export function linearQ8Kernel(
  this: KernelThis,
  w: number[][],
  x: number[],
  bias: number[],
  old: number[],
  columns: number,
  offset: number,
  stride: number,
  hasBias: number,
  oldOffset: number,
  oldStride: number,
): number {
  let sum = 0;
  for (let block = 0; block * 32 < columns; block++) {
    let inside = 0;
    for (let k = 0; k < 10; k++) {
      const word = w[block * 12 + k]![this.thread.x]!;
      inside += lowOf(word) * x[offset + this.thread.y * stride + block * 32 + 3 * k]!;
      inside += middleOf(word) * x[offset + this.thread.y * stride + block * 32 + 3 * k + 1]!;
      inside += highOf(word) * x[offset + this.thread.y * stride + block * 32 + 3 * k + 2]!;
    }
    const last = w[block * 12 + 10]![this.thread.x]!;
    inside += lowOf(last) * x[offset + this.thread.y * stride + block * 32 + 30]!;
    inside += middleOf(last) * x[offset + this.thread.y * stride + block * 32 + 31]!;
    sum += inside * w[block * 12 + 11]![this.thread.x]!;
  }
  if (hasBias > 0) {
    sum = sum + bias[this.thread.x]!;
  }
  if (oldStride > 0) {
    sum = sum + old[oldOffset + this.thread.y * oldStride + this.thread.x]!;
  }
  return sum;
}

/** The sum split P ways, for few results: out[t][p][i] is that of blocks p, p + P, …; linearReduce adds them up. */
export function linearQ8PartialKernel(
  this: KernelThis,
  w: number[][],
  x: number[],
  columns: number,
  offset: number,
  stride: number,
  parts: number,
): number {
  let sum = 0;
  for (let block = this.thread.y; block * 32 < columns; block += parts) {
    let inside = 0;
    for (let k = 0; k < 10; k++) {
      const word = w[block * 12 + k]![this.thread.x]!;
      inside += lowOf(word) * x[offset + this.thread.z * stride + block * 32 + 3 * k]!;
      inside += middleOf(word) * x[offset + this.thread.z * stride + block * 32 + 3 * k + 1]!;
      inside += highOf(word) * x[offset + this.thread.z * stride + block * 32 + 3 * k + 2]!;
    }
    const last = w[block * 12 + 10]![this.thread.x]!;
    inside += lowOf(last) * x[offset + this.thread.z * stride + block * 32 + 30]!;
    inside += middleOf(last) * x[offset + this.thread.z * stride + block * 32 + 31]!;
    sum += inside * w[block * 12 + 11]![this.thread.x]!;
  }
  return sum;
}

/** normedPartial of step-layer.kernel.ts: products with norm[j]·r[s,j], and the sum of squares as one more row. */
export function normedPartialQ8Kernel(
  this: KernelThis,
  w: number[][],
  r: number[],
  norm: number[],
  rows: number,
  columns: number,
  parts: number,
): number {
  let sum = 0;
  if (this.thread.x < rows) {
    for (let block = this.thread.y; block * 32 < columns; block += parts) {
      let inside = 0;
      for (let k = 0; k < 10; k++) {
        const word = w[block * 12 + k]![this.thread.x]!;
        inside +=
          lowOf(word) * norm[block * 32 + 3 * k]! * r[this.thread.z * columns + block * 32 + 3 * k]! +
          middleOf(word) * norm[block * 32 + 3 * k + 1]! * r[this.thread.z * columns + block * 32 + 3 * k + 1]! +
          highOf(word) * norm[block * 32 + 3 * k + 2]! * r[this.thread.z * columns + block * 32 + 3 * k + 2]!;
      }
      const last = w[block * 12 + 10]![this.thread.x]!;
      inside +=
        lowOf(last) * norm[block * 32 + 30]! * r[this.thread.z * columns + block * 32 + 30]! +
        middleOf(last) * norm[block * 32 + 31]! * r[this.thread.z * columns + block * 32 + 31]!;
      sum += inside * w[block * 12 + 11]![this.thread.x]!;
    }
  } else {
    for (let block = this.thread.y; block * 32 < columns; block += parts) {
      for (let j = 0; j < 32; j++) {
        const value = r[this.thread.z * columns + block * 32 + j]!;
        sum += value * value;
      }
    }
  }
  return sum;
}

/** out[t,i] = d·q of row ids[t], column i, for ids in from … to − 1; others keep old. Exact. */
export function embedQ8Kernel(
  this: KernelThis,
  w: number[][],
  ids: number[],
  old: number[],
  width: number,
  from: number,
  to: number,
): number {
  const id = ids[this.thread.y]!;
  const block = Math.floor(this.thread.x * 0.03125);
  const j = this.thread.x - block * 32;
  const k = Math.floor((j + 0.5) * 0.33333334);
  const place = j - 3 * k;
  let value = 0;
  if (id >= from && id < to) {
    const word = w[block * 12 + k]![id - from]!;
    const scale = w[block * 12 + 11]![id - from]!;
    if (place < 0.5) {
      value = lowOf(word) * scale;
    } else {
      if (place < 1.5) {
        value = middleOf(word) * scale;
      } else {
        value = highOf(word) * scale;
      }
    }
  } else {
    value = old[this.thread.y * width + this.thread.x]!;
  }
  return value;
}
