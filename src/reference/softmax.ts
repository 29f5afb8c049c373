/**
 * Softmax: scores to weights that are positive and sum to 1.
 */
import type { Floats } from './types.ts';

/**
 * softmax(s)[j] = exp(s[j] − m) / Σ_i exp(s[i] − m),   m = max(s)
 *
 * The formula holds for every m; the maximum makes sure that exp does not overflow and that the sum is at least 1.
 *
 * @param scores as many as there are; of −∞ alone, of ∞ and of NaN it is NaN, all of it
 * Rounding: exp of a rounded difference, so weight j is within some (|s[j] − m| + length)·u of its value.
 */
export function softmax(scores: Floats): Float64Array {
  let max = -Infinity;
  for (const s of scores) max = Math.max(max, s);
  const weights = Float64Array.from(scores, (s) => Math.exp(s - max));
  let sum = 0;
  for (const w of weights) sum += w;
  return weights.map((w) => w / sum);
}
