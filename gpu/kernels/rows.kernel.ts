/**
 * Kernels that move rows and normalise them. Numbers lie flat; a view's row t begins at offset + t·stride.
 */
import type { KernelThis } from '../kernel-definition.ts';

/** out[i] = x[offset + i] */
export function copyKernel(this: KernelThis, x: number[], offset: number): number {
  return x[offset + this.thread.x]!;
}

/** out[column][row] = x[row·width + column]: uploads a matrix, transposed. */
export function copyMatrixKernel(this: KernelThis, x: number[], width: number): number {
  return x[this.thread.x * width + this.thread.y]!;
}

/** out[i] = patch[i − from] for from ≤ i < to, else old[i] */
export function patchKernel(this: KernelThis, old: number[], patch: number[], from: number, to: number): number {
  const i = this.thread.x;
  let value = 0;
  if (i >= from && i < to) {
    value = patch[i - from]!;
  } else {
    value = old[i]!;
  }
  return value;
}

/** Puts columns [0, width) of fresh (rows, width) at column `from` of old (rows, stride), and keeps the others. */
export function mergeColumnsKernel(
  this: KernelThis,
  old: number[],
  fresh: number[],
  stride: number,
  from: number,
  width: number,
): number {
  const i = this.thread.x - from;
  let value = 0;
  if (i >= 0 && i < width) {
    value = fresh[this.thread.y * width + i]!;
  } else {
    value = old[this.thread.y * stride + this.thread.x]!;
  }
  return value;
}

/** out[r,i] = x[offset + index[r]·stride + i] */
export function copyRowsKernel(this: KernelThis, x: number[], index: number[], offset: number, stride: number): number {
  return x[offset + index[this.thread.y]! * stride + this.thread.x]!;
}

/** out[t] = 1/√(eps + Σ_j x[t,j]²/width) */
export function inverseRmsKernel(
  this: KernelThis,
  x: number[],
  offset: number,
  stride: number,
  width: number,
  eps: number,
): number {
  let sum = 0;
  for (let j = 0; j < width; j++) {
    const value = x[offset + this.thread.x * stride + j]!;
    sum += value * value;
  }
  return 1 / Math.sqrt(eps + sum / width);
}

/** out[t,i] = x[t,i]·inverse[t]·weight[i], or without a weight */
export function scaleRowsKernel(
  this: KernelThis,
  x: number[],
  inverse: number[],
  weight: number[],
  offset: number,
  stride: number,
  hasWeight: number,
): number {
  let value = x[offset + this.thread.y * stride + this.thread.x]! * inverse[this.thread.y]!;
  if (hasWeight > 0) {
    value = value * weight[this.thread.x]!;
  }
  return value;
}

/** Both at once, for few rows: every thread sums its row again. */
export function rmsNormKernel(
  this: KernelThis,
  x: number[],
  weight: number[],
  offset: number,
  stride: number,
  width: number,
  eps: number,
  hasWeight: number,
): number {
  let sum = 0;
  for (let j = 0; j < width; j++) {
    const term = x[offset + this.thread.y * stride + j]!;
    sum += term * term;
  }
  let value = x[offset + this.thread.y * stride + this.thread.x]! / Math.sqrt(eps + sum / width);
  if (hasWeight > 0) {
    value = value * weight[this.thread.x]!;
  }
  return value;
}

/** Columns of two views side by side: out[t] = [x[t, 0 … width − 1], y[t, 0 … width − 1]] */
export function besideKernel(
  this: KernelThis,
  x: number[],
  y: number[],
  width: number,
  xOffset: number,
  xStride: number,
  yOffset: number,
  yStride: number,
): number {
  const i = this.thread.x;
  const t = this.thread.y;
  let value = 0;
  if (i < width) {
    value = x[xOffset + t * xStride + i]!;
  } else {
    value = y[yOffset + t * yStride + i - width]!;
  }
  return value;
}
