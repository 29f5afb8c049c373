/**
 * Numbers for the conformance vectors: seeded, and exact in bfloat16 and in float16, so that an implementation with narrow
 * inputs is asked the same question as one with wide inputs.
 */
import { Random } from '../random.ts';

/** The choices of one case: its name and the seed say which, so that a case is the same in every size of the suite. */
export function randomOf(seed: number, name: string): Random {
  let hash = 0x811c9dc5; // FNV-1a
  for (const letter of new TextEncoder().encode(name)) hash = Math.imul(hash ^ letter, 0x01000193);
  return new Random((seed + hash) >>> 0);
}

/** k/64·2^exponent with |k| ≤ 127: seven bits, and none of them lost between 2^−8 and 2^9. */
export function grid(random: Random, length: number, exponent = 0): Float32Array {
  const unit = 2 ** (exponent - 6);
  return Float32Array.from({ length }, () => random.integer(-127, 127) * unit);
}

/** The same, of one sign: −k/64·2^exponent with 1 ≤ k ≤ 127. */
export function negativeGrid(random: Random, length: number, exponent = 0): Float32Array {
  const unit = 2 ** (exponent - 6);
  return Float32Array.from({ length }, () => -random.integer(1, 127) * unit);
}

/** Rounds to the seven bits of {@link grid}: what is below 2^−14 becomes 0. */
export function toGrid(value: number): number {
  const size = Math.abs(value);
  if (size < 2 ** -14) return 0;
  let unit = 2 ** -20;
  while (size >= 127.5 * unit) unit *= 2;
  return Math.round(value / unit) * unit;
}

/** The same numbers with all the bits of float32: no narrower dtype holds them. */
export function widened(values: Float32Array, factor = 0.3): Float32Array {
  return values.map((value) => factor * value);
}
