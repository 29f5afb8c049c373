/**
 * What the conformance suite knows of an operation: how to draw a problem, and what the true result is.
 */
import type { Arithmetic } from './arithmetic.ts';
import type { Random } from './random.ts';

/** Unit roundoff of float32: half the gap between 1 and the next number. */
export const u = 2 ** -24;

/** Unused columns before and behind the rows of a view, by the view's name. Arrays themselves are contiguous. */
export interface Problem {
  readonly gaps: Readonly<Record<string, readonly [before: number, after: number]>>;
}

/** One output: what it is in float64, and what its error is measured by. */
export interface Expected {
  /** As in the result: `y`, `hLast` … */
  readonly name: string;
  /** Index letters and sizes, outermost first: `{ t: 3, d: 4 }`. */
  readonly shape: Readonly<Record<string, number>>;
  readonly value: ArrayLike<number>;
  /** The same computation on magnitudes; absent where nothing may round. */
  readonly scale?: ArrayLike<number>;
  /** An error that is no rounding of float32, added to the bound: what int16 activations lose. */
  readonly extra?: ArrayLike<number>;
}

/** Outputs by name, contiguous. */
export type Result = Readonly<Record<string, ArrayLike<number>>>;

export interface Operation<P extends Problem> {
  /** @param most no size is (much) larger */
  draw(random: Random, most: number): P;
  /** @param arithmetic what the scales count the roundings of */
  truth(problem: P, arithmetic: Arithmetic): readonly Expected[];
}

export function magnitudesOf<T extends Float32Array | Float64Array>(values: T): T {
  return values.map(Math.abs) as T;
}
