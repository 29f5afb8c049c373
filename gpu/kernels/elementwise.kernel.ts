/** Functions of one number, for the oracle and the probe. */
import type { KernelThis } from '../kernel-definition.ts';
import { sigmoidOf, siluOf, softplusOf } from './functions.kernel.ts';

export function expKernel(this: KernelThis, x: number[]): number {
  return Math.exp(x[this.thread.x]!);
}

export function reciprocalKernel(this: KernelThis, x: number[]): number {
  return 1 / x[this.thread.x]!;
}

export function softplusKernel(this: KernelThis, x: number[]): number {
  return softplusOf(x[this.thread.x]!);
}

export function siluKernel(this: KernelThis, x: number[]): number {
  return siluOf(x[this.thread.x]!);
}

export function sigmoidKernel(this: KernelThis, x: number[]): number {
  return sigmoidOf(x[this.thread.x]!);
}
