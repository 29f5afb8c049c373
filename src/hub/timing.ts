/**
 * How patient a pull is. Tests are less so.
 */
import type { WaitRule } from './retry-after.ts';

export interface Timing extends WaitRule {
  /** Repetitions of a request that brings nothing new, before it is given up. */
  readonly retries: number;
  /** A connection that is silent for so long counts as cut. */
  readonly stallMs: number;
  /** How often a lock's holder says that it is alive, and others look whether it still is. */
  readonly lockBeatMs: number;
  /** A lock whose holder has said nothing for so long is taken over. */
  readonly lockStaleMs: number;
}

export const defaultTiming: Timing = {
  backoffMs: 500,
  longestWaitMs: 60_000,
  retries: 5,
  stallMs: 30_000,
  lockBeatMs: 250,
  lockStaleMs: 20_000,
};
