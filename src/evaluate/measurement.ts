/**
 * One measurement of one model, as a value.
 */
import type { ModelShape } from './model-shape.ts';
import type { Attention } from './script-lines.ts';

/** What --json prints, and what a sweep keeps of a point. */
export interface Measurement {
  readonly model: string;
  readonly kind: ModelShape['kind'];
  /** Null for a Mamba. */
  readonly attention: Attention | null;
  readonly parameters: number;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  /** Null on a GPU. */
  readonly threads: number | null;
  readonly batch: number;
  readonly promptLength: number;
  /** The mean of the timed runs: a fraction where they have ended at different lengths. */
  readonly genLength: number;
  readonly repeats: number;
  /** Of one run, prompt and generation: the mean. */
  readonly seconds: number;
  /** Generated tokens of all rows, over those seconds. */
  readonly tokensPerSecond: number;
  /** The largest resident set of the process that has measured. */
  readonly peakMemoryBytes: number;
  /** With a prompt. */
  readonly texts?: readonly string[];
}
