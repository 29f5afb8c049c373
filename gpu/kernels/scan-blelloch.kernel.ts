/**
 * Blelloch's scan of affine maps h ↦ a·h + b, level by level, bracketed as in src/reference/scan-blelloch.ts. A kernel
 * writes no number that it reads, so a level is a result of its own instead of places in one tree: level k holds the
 * totals of blocks of 2ᵏ tokens. A node is a row: the a of all channels, then their b, (nodes, 2·channels).
 *
 *   (a0, b0) ∘ (a1, b1) = (a1·a0, a1·b0 + b1)     identity (1, 0)
 */
import type { KernelThis } from '../kernel-definition.ts';

/** Level 0: (a_t, b_t), the first with h0 in it, b_0 + a_0·h0; behind the last token the identity. */
export function scanLeavesKernel(
  this: KernelThis,
  a: number[],
  b: number[],
  h0: number[],
  seqLen: number,
  channels: number,
  hasH0: number,
): number {
  const t = this.thread.y;
  let value = 0;
  if (this.thread.x < channels) {
    value = 1;
    if (t < seqLen) {
      value = a[t * channels + this.thread.x]!;
    }
  } else {
    if (t < seqLen) {
      const d = this.thread.x - channels;
      value = b[t * channels + d]!;
      if (hasH0 > 0 && t < 1) {
        value = a[d]! * h0[d]! + value;
      }
    }
  }
  return value;
}

/** Up-sweep: out[i] = totals[2i] ∘ totals[2i + 1] */
export function upSweepKernel(this: KernelThis, totals: number[], channels: number): number {
  const earlier = 2 * this.thread.y * (2 * channels);
  const later = earlier + 2 * channels;
  let value = 0;
  if (this.thread.x < channels) {
    value = totals[later + this.thread.x]! * totals[earlier + this.thread.x]!;
  } else {
    const a = totals[later + this.thread.x - channels]!;
    value = a * totals[earlier + this.thread.x]! + totals[later + this.thread.x]!;
  }
  return value;
}

/**
 * Down-sweep: all that lies before node i, from what lies before its parent. A left child hears just that, a right child
 * that and then the left child's total: out[2i] = before[i], out[2i + 1] = before[i] ∘ totals[2i].
 */
export function downSweepKernel(this: KernelThis, before: number[], totals: number[], channels: number): number {
  const width = 2 * channels;
  const parent = Math.floor((this.thread.y + 0.5) / 2);
  const left = 2 * parent * width;
  let value = before[parent * width + this.thread.x]!;
  if (this.thread.y > 2 * parent) {
    if (this.thread.x < channels) {
      value = totals[left + this.thread.x]! * value;
    } else {
      value = totals[left + this.thread.x - channels]! * value + totals[left + this.thread.x]!;
    }
  }
  return value;
}

/** Inclusive: h[t,d], the state of before[t] ∘ leaves[t] */
export function scanStatesKernel(this: KernelThis, before: number[], leaves: number[], channels: number): number {
  const a = this.thread.y * (2 * channels) + this.thread.x;
  const b = a + channels;
  return leaves[a]! * before[b]! + leaves[b]!;
}
