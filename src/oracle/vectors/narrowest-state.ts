/**
 * How narrow a dtype a case can be asked in. To first order each rounding of a state is carried on as the state is; but a
 * state that is rounded may stop to decay, and after thousands of tokens that is all there is to see. So errors are carried
 * with all terms, which is exact for the dtype and for every wider one, and where that is more than twice the first order,
 * the dtype is too narrow for a budget that could tell right from wrong.
 */
import type { Precision } from './declaration.ts';
import { units } from './declaration.ts';

/** Half of the smallest float16, 2^−25, in units of its u, 2^−11. */
export const smallestHalf = 2 ** -14;

/** Scales by output in units of the state's u, of states that are rounded by at most u once a token; 0 is first order. */
type ScalesAt<T> = (u: number) => T;

export interface NarrowState<T> {
  readonly state: T;
  /** The narrowest dtype of states and sums; absent where it is bfloat16, which is the narrowest of all. */
  readonly narrowestState?: Precision;
}

const most = 2;

/** The scales of the narrowest dtype whose roundings add up to at most twice their first order. */
export function narrowestState<T extends object>(scalesAt: ScalesAt<T>): NarrowState<T> {
  const first = scalesAt(0);
  const bfloat16 = scalesAt(units.bf16);
  if (isNear(bfloat16, first)) return { state: bfloat16 };
  const float16 = scalesAt(units.f16);
  if (isNear(float16, first)) return { state: float16, narrowestState: 'f16' };
  return { state: scalesAt(units.f32), narrowestState: 'f32' };
}

function isNear(scales: object, first: object): boolean {
  const pairs = Object.values(scales).map(
    (scale, i) => [scale, Object.values(first)[i]] as [Float64Array, Float64Array],
  );
  return pairs.every(([scale, least]) => scale.every((size, i) => size <= most * least[i]!));
}
