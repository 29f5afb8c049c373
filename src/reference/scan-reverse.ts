/**
 * Reverse scans: from the last element to the first. The backward pass of a recurrence is one.
 */
import type { Monoid, Scan } from './monoid.ts';

/**
 * Turns a scan around: out[t] = e_{L−1} ∘ … ∘ e_{t+1} ∘ e_t.
 *
 * The first operand of combine is the element visited first, that is the later time: with the affine monoid,
 * h_t = a_t·h_{t+1} + b_t.
 */
export function scanReverse(scan: Scan): Scan {
  return (monoid, elements) => scan(monoid, elements.toReversed()).reverse();
}

/**
 * The other reverse scan, with operands in the order of time: out[t] = e_t ∘ e_{t+1} ∘ … ∘ e_{L−1} (suffixes).
 */
export function scanSuffixes(scan: Scan): Scan {
  return <E>(monoid: Monoid<E>, elements: readonly E[]) => {
    const flipped: Monoid<E> = {
      identity: monoid.identity,
      combine: (later, earlier) => monoid.combine(earlier, later),
    };
    return scanReverse(scan)(flipped, elements);
  };
}
