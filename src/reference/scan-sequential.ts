/**
 * The sequential scan: the recurrence itself, read from left to right. Work L − 1, depth L − 1.
 */
import type { Monoid } from './monoid.ts';

/**
 * Inclusive scan in order, out[t] = out[t−1] ∘ e_t. Every other scan is judged by this one.
 *
 * @param elements e_0 … e_{L−1}; L = 0 gives []
 * Rounding: the bracketing is (((e_0 ∘ e_1) ∘ e_2) ∘ …).
 */
export function scanSequential<E>(monoid: Monoid<E>, elements: readonly E[]): E[] {
  const out: E[] = [];
  for (let t = 0; t < elements.length; t++) {
    out.push(t === 0 ? elements[0]! : monoid.combine(out[t - 1]!, elements[t]!));
  }
  return out;
}
