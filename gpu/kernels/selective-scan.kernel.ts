/**
 * The fused selective scan (paper, §3.3.2 and Algorithm 2), chunked: totals of every chunk of T tokens, a scan over the
 * chunks, then the outputs, which run through their chunk once more from its first state. Ā and B̄ never leave a thread.
 *
 * Packed sequences are one recurrence: at a sequence's first row Ā is 0 and exp(ΔA)·h₀ is added to B̄x, so what came
 * before is forgotten. `starts` (rows) says where: 0, or 1 + the number of the sequence that begins there.
 *
 * Quotients of integers are taken half a step off, since a GPU may divide 6 by 3 and get a little less than 2. Places are
 * written out where they are used: a variable would hold them as a float.
 */
import type { KernelThis } from '../kernel-definition.ts';
import { phiOf, siluOf, softplusOf } from './functions.kernel.ts';

/** Δ[t,d] = softplus(delta[t,d] + deltaBias[d]), or without either */
export function stepSizeKernel(
  this: KernelThis,
  delta: number[],
  deltaBias: number[],
  offset: number,
  stride: number,
  hasBias: number,
  softplus: number,
): number {
  let value = delta[offset + this.thread.y * stride + this.thread.x]!;
  if (hasBias > 0) {
    value = value + deltaBias[this.thread.x]!;
  }
  if (softplus > 0) {
    value = softplusOf(value);
  }
  return value;
}

/** out[c,d,n] = exp(A[d,n]·Σ_t Δ[t,d]) over chunk c; −1 where a sequence begins in it: what came before is forgotten */
export function chunkDecayKernel(
  this: KernelThis,
  delta: number[],
  A: number[],
  starts: number[],
  rows: number,
  dInner: number,
  dState: number,
  chunk: number,
): number {
  let sum = 0;
  let keeps = 1;
  for (let k = 0; k < chunk; k++) {
    if (this.thread.z * chunk + k < rows) {
      sum += delta[(this.thread.z * chunk + k) * dInner + this.thread.y]!;
      if (starts[this.thread.z * chunk + k]! > 0) {
        keeps = 0;
      }
    }
  }
  return keeps > 0 ? Math.exp(A[this.thread.y * dState + this.thread.x]! * sum) : -1;
}

/** out[c,d,n]: the state after chunk c, were it 0 before. */
export function chunkStateKernel(
  this: KernelThis,
  delta: number[],
  x: number[],
  A: number[],
  B: number[],
  h0: number[],
  starts: number[],
  rows: number,
  dInner: number,
  dState: number,
  chunk: number,
  channelsOfGroup: number,
  xOffset: number,
  xStride: number,
  bOffset: number,
  bStride: number,
  zoh: number,
): number {
  const a = A[this.thread.y * dState + this.thread.x]!;
  const column = Math.floor((this.thread.y + 0.5) / channelsOfGroup) * dState + this.thread.x;
  let h = 0;
  for (let k = 0; k < chunk; k++) {
    const start = starts[this.thread.z * chunk + k]!;
    if (this.thread.z * chunk + k < rows) {
      const step = delta[(this.thread.z * chunk + k) * dInner + this.thread.y]!;
      if (start > 0) {
        h = h0[((start - 1) * dInner + this.thread.y) * dState + this.thread.x]!;
      }
      let input =
        step *
        x[xOffset + (this.thread.z * chunk + k) * xStride + this.thread.y]! *
        B[column + (bOffset + (this.thread.z * chunk + k) * bStride)]!;
      if (zoh > 0) {
        input = input * phiOf(step * a);
      }
      h = Math.exp(step * a) * h + input;
    }
  }
  return h;
}

/** out[c,d,n]: the state before chunk c, from the decays and states of the chunks before it. */
export function chunkCarryKernel(
  this: KernelThis,
  decay: number[],
  state: number[],
  dInner: number,
  dState: number,
  chunks: number,
): number {
  let h = 0;
  for (let c = 0; c < chunks; c++) {
    const keeps = decay[(c * dInner + this.thread.y) * dState + this.thread.x]!;
    const fresh = state[(c * dInner + this.thread.y) * dState + this.thread.x]!;
    if (c < this.thread.z) {
      if (keeps < 0) {
        h = fresh;
      } else {
        h = keeps * h + fresh;
      }
    }
  }
  return h;
}

/** y[t,d] = Σ_n C[t,n]·h[t,d,n], token t = c·chunk + k as out[c][k][d]; rows behind the last token are of no meaning. */
export function scanOutputKernel(
  this: KernelThis,
  delta: number[],
  x: number[],
  A: number[],
  BC: number[],
  h0: number[],
  carry: number[],
  starts: number[],
  dInner: number,
  dState: number,
  chunk: number,
  channelsOfGroup: number,
  xOffset: number,
  xStride: number,
  bOffset: number,
  cOffset: number,
  bcStride: number,
  hasCarry: number,
  zoh: number,
): number {
  const group = Math.floor((this.thread.x + 0.5) / channelsOfGroup) * dState;
  let y = 0;
  for (let n = 0; n < dState; n++) {
    const a = A[this.thread.x * dState + n]!;
    let h = 0;
    if (hasCarry > 0) {
      h = carry[(this.thread.z * dInner + this.thread.x) * dState + n]!;
    }
    for (let k = 0; k < chunk; k++) {
      const start = starts[this.thread.z * chunk + k]!;
      if (k <= this.thread.y) {
        const step = delta[(this.thread.z * chunk + k) * dInner + this.thread.x]!;
        if (start > 0) {
          h = h0[((start - 1) * dInner + this.thread.x) * dState + n]!;
        }
        let input =
          step *
          x[xOffset + (this.thread.z * chunk + k) * xStride + this.thread.x]! *
          BC[group + (bOffset + (this.thread.z * chunk + k) * bcStride + n)]!;
        if (zoh > 0) {
          input = input * phiOf(step * a);
        }
        h = Math.exp(step * a) * h + input;
      }
    }
    y += BC[group + (cOffset + (this.thread.z * chunk + this.thread.y) * bcStride + n)]! * h;
  }
  return y;
}

/** Skip connection and gate: (y + D[d]·x[t,d])·silu(z[t,d]) */
export function skipAndGateKernel(
  this: KernelThis,
  y: number[],
  x: number[],
  D: number[],
  z: number[],
  dInner: number,
  xOffset: number,
  xStride: number,
  zOffset: number,
  zStride: number,
  hasD: number,
  hasZ: number,
): number {
  const d = this.thread.x;
  const t = this.thread.y;
  let value = y[t * dInner + d]!;
  if (hasD > 0) {
    value = value + D[d]! * x[xOffset + t * xStride + d]!;
  }
  if (hasZ > 0) {
    value = value * siluOf(z[zOffset + t * zStride + d]!);
  }
  return value;
}

/** h[s,d,n] after the last row of every sequence; without rows as it was. */
export function scanStateKernel(
  this: KernelThis,
  delta: number[],
  x: number[],
  A: number[],
  B: number[],
  h0: number[],
  carry: number[],
  bounds: number[],
  dInner: number,
  dState: number,
  chunk: number,
  channelsOfGroup: number,
  xOffset: number,
  xStride: number,
  bOffset: number,
  bStride: number,
  hasCarry: number,
  zoh: number,
): number {
  const n = this.thread.x;
  const d = this.thread.y;
  const sequence = this.thread.z;
  const first = bounds[2 * sequence]!;
  const last = bounds[2 * sequence + 1]! - 1;
  const a = A[d * dState + n]!;
  const column = bOffset + Math.floor((d + 0.5) / channelsOfGroup) * dState + n;
  let h = h0[(sequence * dInner + d) * dState + n]!;
  const c = Math.floor((Math.max(last, 0) + 0.5) / chunk);
  let from = first;
  if (hasCarry > 0 && c * chunk > first) {
    from = c * chunk;
    if (last >= first) {
      h = carry[(c * dInner + d) * dState + n]!;
    }
  }
  for (let k = 0; k < chunk; k++) {
    const t = from + k;
    if (t <= last) {
      const step = delta[t * dInner + d]!;
      let input = step * x[xOffset + t * xStride + d]! * B[column + t * bStride]!;
      if (zoh > 0) {
        input = input * phiOf(step * a);
      }
      h = Math.exp(step * a) * h + input;
    }
  }
  return h;
}
