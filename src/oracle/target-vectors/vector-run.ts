/**
 * One way in which a target computes a case of the vectors.
 */
import type { VectorCase } from '../vectors/vector-case.ts';

/** The rows of the table; three scans and two selective scans compute the same cases. */
export const vectorRowNames = [
  ...['discretize', 'scanSequential', 'scanBlelloch', 'scanChunked'],
  ...['selectiveScan', 'selectiveScanUnfused', 'selectiveScanBackward', 'causalConv1d', 'block', 'model', 'trace'],
] as const;

export type VectorRowName = (typeof vectorRowNames)[number];

/** Outputs of a case by name, in its order of axes. */
export type RunOutputs = Readonly<Record<string, Float32Array>>;

export interface VectorRun {
  readonly row: VectorRowName;
  /** What tells it from the row's other ways: `token by token`. */
  readonly way?: string;
  /** The outputs that it computes; one of them missing is a failure. */
  readonly gives: readonly string[];
  /** @throws UnsupportedError for what the target cannot do */
  readonly run: () => Promise<RunOutputs>;
}

/** Inputs that are numbers, by name. */
export function floatsOf({ inputs }: VectorCase): Readonly<Record<string, Float32Array>> {
  const floats = Object.entries(inputs).filter(([, { data }]) => data instanceof Float32Array);
  return Object.fromEntries(floats.map(([name, { data }]) => [name, data as Float32Array]));
}
