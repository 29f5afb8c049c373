/**
 * The chunked scan: what a GPU with small fast memory does, and what our recomputing backward relies on.
 *
 * Source: the three-phase scan (reduce, scan, fix-up) of Chatterjee, Blelloch & Zagha, Supercomputing '90.
 */

import type { Monoid, Scan } from './monoid.ts';
import { expectSize } from './shapes.ts';

/**
 * Inclusive scan in three phases: within each chunk, over the chunks' totals, and a fix-up that puts what lies before
 * a chunk in front of each of its prefixes. For the recurrence, h_t = P_t·h_before + local_t with P_t the product
 * of the chunk's a up to t.
 *
 * @param elements e_0 … e_{L−1}, any L ≥ 0; the last chunk may be shorter
 * @param chunk elements per chunk, ≥ 1
 * @param scan the algorithm within chunks and over their totals
 * @throws RangeError when chunk is not an integer ≥ 1
 */
export function scanChunked<E>(monoid: Monoid<E>, elements: readonly E[], chunk: number, scan: Scan): E[] {
  expectSize('chunk', chunk, 1);

  // 1. Scan inside each chunk.
  const locals: E[][] = [];
  for (let start = 0; start < elements.length; start += chunk) {
    locals.push(scan(monoid, elements.slice(start, start + chunk)));
  }

  // 2. Scan over the chunks' totals: prefixes[c] combines chunks 0 … c.
  const prefixes = scan(
    monoid,
    locals.map((local) => local[local.length - 1]!),
  );

  // 3. Fix up every chunk but the first.
  return locals.flatMap((local, c) =>
    c === 0 ? local : local.map((prefix) => monoid.combine(prefixes[c - 1]!, prefix)),
  );
}
