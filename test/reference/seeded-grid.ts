/**
 * Deterministic numbers for operands too many to draw one by one: a counterexample then shows the seed.
 */

/**
 * A source of arrays of k/8, |k/8| ≤ bound: `take(length, bound)`.
 *
 * A linear congruential generator modulo 2^32 (constants of Numerical Recipes, §7.1) read by its upper bits.
 */
export function seededGrid(seed: number): (length: number, bound?: number) => Float64Array {
  const next = seededUniform(seed);
  return (length, bound = 1) =>
    Float64Array.from({ length }, () => (Math.floor(next() * (16 * bound + 1)) - 8 * bound) / 8);
}

/** Uniform numbers in [0, 1), multiples of 2^−24. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
