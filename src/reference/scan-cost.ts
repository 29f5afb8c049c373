/**
 * Work and depth of a scan, found by running it: nothing is estimated.
 */
import type { Monoid, Scan } from './monoid.ts';

export interface ScanCost {
  /** Combines made in all: the time on one processor. */
  readonly work: number;
  /** The longest chain of combines in which each waits for the one before: the time on enough processors. */
  readonly depth: number;
}

/**
 * Counts what `scan` does with `length` elements. The trick: scan over a monoid whose elements are their own depths.
 *
 *   combine(d0, d1) = max(d0, d1) + 1
 *
 * (Not associative, which no scan checks.) Copies are free; a combine with a padding identity counts.
 */
export function scanCost(scan: Scan, length: number): ScanCost {
  let work = 0;
  const depths: Monoid<number> = {
    identity: 0,
    combine: (earlier, later) => {
      work++;
      return Math.max(earlier, later) + 1;
    },
  };
  const inputs = new Array<number>(length).fill(0);
  const depth = scan(depths, inputs).reduce((deepest, d) => Math.max(deepest, d), 0);
  return { work, depth };
}
