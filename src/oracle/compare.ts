/**
 * The comparator: every element against its own bound, NaN against NaN, infinities by sign.
 */
import { strict } from './arithmetic.ts';
import type { Expected } from './operation.ts';
import { u } from './operation.ts';

/** The worst element of one output. */
export interface Comparison {
  /** Its error in units of its bound: above 1, or NaN, is a failure. */
  readonly worst: number;
  /** `y (t=3, d=1) expected …, got …: … × its bound …` */
  readonly report: string;
}

/**
 * @param k the factor of the table of bounds; not used for an output without a scale
 * @param floor what is added to u·scale
 */
export function compare(
  actual: ArrayLike<number> | undefined,
  expected: Expected,
  k: number,
  floor = strict.floor,
): Comparison {
  const { name, value, scale, extra } = expected;
  if (actual?.length !== value.length) {
    return { worst: Infinity, report: `${name} expected ${value.length} numbers, got ${actual?.length ?? 'nothing'}` };
  }
  let worst = 0;
  let report = `${name} without an error`;
  for (let i = 0; i < value.length; i++) {
    const bound = scale === undefined ? 0 : k * (u * scale[i]! + floor) + (extra?.[i] ?? 0);
    const units = unitsOf(actual[i]!, value[i]!, bound);
    if (units <= worst) continue; // a NaN goes on
    worst = units;
    report = `${name} (${place(expected, i)}) expected ${value[i]}, got ${actual[i]}: ${units.toPrecision(3)} × its bound ${bound.toPrecision(3)}`;
    if (!(units <= 1)) break;
  }
  return { worst, report };
}

/** The error as a multiple of the bound; 0 for an exact hit, NaN where only one of the two is a number. */
function unitsOf(actual: number, expected: number, bound: number): number {
  if (Number.isNaN(expected)) return Number.isNaN(actual) ? 0 : Infinity;
  if (actual === expected || actual === Math.fround(expected)) return 0; // infinities, and what overflows to them
  const error = Math.abs(actual - expected);
  return bound > 0 ? error / bound : error * Infinity;
}

function place({ shape }: Expected, index: number): string {
  let rest = index;
  const letters = Object.entries(shape).toReversed();
  const parts = letters.map(([letter, size]) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return `${letter}=${at}`;
  });
  return parts.toReversed().join(', ');
}
