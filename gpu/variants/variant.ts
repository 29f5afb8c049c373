/**
 * What a variant is: a kernel's text changed so that its meaning stays. A driver that gives another result for it
 * miscompiles one of the two. Source: Donaldson, Evrard, Lascu & Thomson, Automated testing of graphics shader compilers,
 * OOPSLA 2017.
 */
import type { KernelName } from '../definitions.ts';
import type { Shape } from '../value.ts';

/** Text in, text out. @throws TypeError where it finds nothing to change */
export type Transform = (text: string) => string;

export interface Variant {
  readonly kernel: KernelName;
  /** What was done to it, in words. */
  readonly name: string;
  readonly transform: Transform;
  /** Which of the functions that the kernel calls is changed, instead of itself. */
  readonly ofFunction?: number;
  /** Numbers meet in the order of the plain kernel: where nothing is fused, the same bits come out. */
  readonly sameOrder: boolean;
}

/** One operand: numbers of a cell, a matrix (rows, columns), or one number. */
export type SubjectOperand =
  | number
  | { readonly cell: readonly number[] }
  | { readonly matrix: readonly number[]; readonly rows: number; readonly columns: number };

/** A kernel with operands that reach every part of it. */
export interface Subject {
  readonly kernel: KernelName;
  readonly shape: Shape;
  readonly operands: readonly SubjectOperand[];
  /** Places of cells whose signs matter to the scale: exponents, places, step sizes. */
  readonly signed?: readonly number[];
  /**
   * |variant − plain| ≤ roundings·u·scale, scale being the kernel on magnitudes in float64. 0: sums and products of these
   * operands are exact, and the same bits come out in any order.
   */
  readonly roundings: number;
}
