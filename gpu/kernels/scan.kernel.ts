/**
 * The linear recurrence h_t = a_t·h_{t−1} + b_t, h_{−1} = h0, of `channels` channels side by side: a, b and h are
 * (seqLen, channels). In order, and in chunks as src/reference/scan-chunked.ts has it; by a tree: scan-blelloch.kernel.ts.
 * Loops end at a parameter: one that ends at this.thread.y is a loop that WebGL 1 refuses (GPU.js takes it for constant).
 */
import type { KernelThis } from '../kernel-definition.ts';

/** h[t,d]; every thread goes through all tokens before its own: seqLen²/2 steps a channel, for one kernel call. */
export function scanSequentialKernel(
  this: KernelThis,
  a: number[],
  b: number[],
  h0: number[],
  seqLen: number,
  channels: number,
  hasH0: number,
): number {
  const d = this.thread.x;
  let h = 0;
  if (hasH0 > 0) {
    h = h0[d]!;
  }
  for (let t = 0; t < seqLen; t++) {
    if (t <= this.thread.y) {
      h = a[t * channels + d]! * h + b[t * channels + d]!;
    }
  }
  return h;
}

/** out[c,d] = Π a[t,d] over chunk c */
export function chunkFactorKernel(
  this: KernelThis,
  a: number[],
  seqLen: number,
  channels: number,
  chunk: number,
): number {
  const from = this.thread.y * chunk;
  let product = 1;
  for (let k = 0; k < chunk; k++) {
    const t = from + k;
    if (t < seqLen) {
      product = a[t * channels + this.thread.x]! * product;
    }
  }
  return product;
}

/** out[c,d]: the state after chunk c, were it 0 before; the first chunk begins with h0. */
export function chunkTotalKernel(
  this: KernelThis,
  a: number[],
  b: number[],
  h0: number[],
  seqLen: number,
  channels: number,
  chunk: number,
  hasH0: number,
): number {
  const d = this.thread.x;
  const from = this.thread.y * chunk;
  let h = 0;
  if (hasH0 > 0 && from < chunk) {
    h = h0[d]!;
  }
  for (let k = 0; k < chunk; k++) {
    const t = from + k;
    if (t < seqLen) {
      h = a[t * channels + d]! * h + b[t * channels + d]!;
    }
  }
  return h;
}

/** out[c,d]: the state before chunk c, from the factors and totals of the chunks before it; 0 before the first. */
export function chunkBeforeKernel(
  this: KernelThis,
  factors: number[],
  totals: number[],
  channels: number,
  chunks: number,
): number {
  let h = 0;
  for (let c = 0; c < chunks; c++) {
    if (c < this.thread.y) {
      h = factors[c * channels + this.thread.x]! * h + totals[c * channels + this.thread.x]!;
    }
  }
  return h;
}

/** h[t,d], from the state before t's chunk: `carry` (chunks, channels), but h0 before the first. */
export function chunkedStatesKernel(
  this: KernelThis,
  a: number[],
  b: number[],
  h0: number[],
  carry: number[],
  channels: number,
  chunk: number,
  hasH0: number,
): number {
  const d = this.thread.x;
  const t = this.thread.y;
  const c = Math.floor((t + 0.5) / chunk);
  let h = 0;
  if (c > 0) {
    h = carry[c * channels + d]!;
  } else {
    if (hasH0 > 0) {
      h = h0[d]!;
    }
  }
  for (let k = 0; k < chunk; k++) {
    const s = c * chunk + k;
    if (s <= t) {
      h = a[s * channels + d]! * h + b[s * channels + d]!;
    }
  }
  return h;
}
