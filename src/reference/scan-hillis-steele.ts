/**
 * The Hillis–Steele (Kogge–Stone) scan: fewest steps, more work. Work about L·log2 L, depth ⌈log2 L⌉.
 *
 * Source: Hillis & Steele, Data parallel algorithms, CACM 29(12), 1986; Kogge & Stone, IEEE Trans. Comput. C-22, 1973.
 */
import type { Monoid } from './monoid.ts';

/**
 * Inclusive scan by doubling: after the pass with distance 2^k, out[t] combines the last 2^(k+1) elements up to t.
 *
 * @param elements e_0 … e_{L−1}, any L ≥ 0
 */
export function scanHillisSteele<E>(monoid: Monoid<E>, elements: readonly E[]): E[] {
  let out: E[] = [...elements];
  for (let distance = 1; distance < elements.length; distance *= 2) {
    // All combines of a pass are independent: they read the old array and write a new one.
    out = out.map((later, t) => (t < distance ? later : monoid.combine(out[t - distance]!, later)));
  }
  return out;
}
