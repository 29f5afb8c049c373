/**
 * The four discretizations of src/reference/discretize.ts, number by number: (Δ, A, B) → (Ā, B̄). A kernel gives one
 * result, so Ā and B̄ are two. `rule`: 0 zero-order hold, 1 bilinear, 2 Euler, 3 Mamba's.
 */
import type { KernelThis } from '../kernel-definition.ts';
import { phiOf } from './functions.kernel.ts';

/** v = ΔA: exp(v) for 0 and 3, (1 + v/2)/(1 − v/2) for 1, 1 + v for 2 */
export function aBarKernel(this: KernelThis, delta: number[], A: number[], rule: number): number {
  const v = delta[this.thread.x]! * A[this.thread.x]!;
  let value = Math.exp(v);
  if (rule === 1) {
    value = (1 + 0.5 * v) / (1 - 0.5 * v);
  }
  if (rule === 2) {
    value = 1 + v;
  }
  return value;
}

/** ΔB·φ(v) for 0, ΔB/(1 − v/2) for 1, ΔB for 2 and 3 */
export function bBarKernel(this: KernelThis, delta: number[], A: number[], B: number[], rule: number): number {
  const step = delta[this.thread.x]!;
  const v = step * A[this.thread.x]!;
  let value = step * B[this.thread.x]!;
  if (rule === 0) {
    value = value * phiOf(v);
  }
  if (rule === 1) {
    value = value / (1 - 0.5 * v);
  }
  return value;
}
