/**
 * Complex numbers for the naive programs; real ones are those whose second part is 0.
 */

export type Pair = readonly [re: number, im: number];

export const zero: Pair = [0, 0];

/** The i-th number of an array, with a trailing (re, im) where it is complex. */
export function at(data: Float64Array, i: number, complex: boolean): Pair {
  return complex ? [data[2 * i]!, data[2 * i + 1]!] : [data[i]!, 0];
}

export function put(data: Float64Array, i: number, [re, im]: Pair, complex: boolean): void {
  data.set(complex ? [re, im] : [re], complex ? 2 * i : i);
}

export function add([a, b]: Pair, [c, d]: Pair): Pair {
  return [a + c, b + d];
}

/** Products with a part that is 0 are left out, lest 0·∞ make NaN of a real number. */
export function times([a, b]: Pair, [c, d]: Pair): Pair {
  if (b === 0 && d === 0) return [a * c, 0];
  if (b === 0) return [a * c, a * d];
  return d === 0 ? [a * c, b * c] : [a * c - b * d, a * d + b * c];
}

export function scale(s: number, [a, b]: Pair): Pair {
  return [s * a, b === 0 ? 0 : s * b];
}
