/**
 * What the property tests draw from. Numbers lie on a grid (k/8), so that counterexamples can be read and arithmetic
 * on them is often exact; lengths crowd around the powers of two where scans go wrong.
 */
import fc from 'fast-check';

/** k/8 with |k/8| ≤ bound. */
export function grid(bound: number): fc.Arbitrary<number> {
  return fc.integer({ min: -8 * bound, max: 8 * bound }).map((k) => k / 8);
}

export function gridArray(length: number, bound = 2): fc.Arbitrary<Float64Array> {
  return fc.array(grid(bound), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
}

/** Lengths 0 … most, half of them within one of a power of two. */
export function lengths(most: number): fc.Arbitrary<number> {
  const edges = [0, 1];
  for (let p = 2; p <= most; p *= 2) edges.push(...[p - 1, p, p + 1].filter((n) => n <= most));
  return fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: most }));
}

/** Bounds of packed sequences, 0 = c_0 ≤ … ≤ c_k = seqLen; empty sequences included. */
export function cuts(seqLen: number): fc.Arbitrary<number[]> {
  return fc
    .array(fc.integer({ min: 0, max: seqLen }), { maxLength: 3 })
    .map((inner) => [0, ...inner.toSorted((a, b) => a - b), seqLen]);
}
