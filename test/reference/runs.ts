/**
 * How often a property runs that costs more than the usual millisecond.
 */
import fc from 'fast-check';

/** At most `most` runs, however many FC_RUNS asks for (test/setup.ts). */
export function atMost(most: number): { numRuns: number } {
  return { numRuns: Math.min(most, fc.readConfigureGlobal().numRuns ?? most) };
}
