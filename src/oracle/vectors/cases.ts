/**
 * The conformance vectors as a list of cases, drawn one by one.
 */
import { backwardCases } from './cases-backward.ts';
import { blockCases } from './cases-block.ts';
import { convCases } from './cases-conv.ts';
import { discretizeCases } from './cases-discretize.ts';
import { modelCases } from './cases-model.ts';
import { scanCases } from './cases-scan.ts';
import { selectiveScanCases } from './cases-selective-scan.ts';
import type { VectorCase } from './vector-case.ts';

export interface VectorOptions {
  /** An integer in 0…2³¹. Default 0. */
  readonly seed?: number;
  /** `full` has the lengths around every power of two. Default `small`. */
  readonly size?: 'small' | 'full';
}

/**
 * Every case, the same for the same options on every machine. The trace of the embedded model is {@link embeddedTrace}.
 * @throws RangeError unless the seed is an integer in 0…2³¹ and the size one of the two
 */
export function* vectorCases({ seed = 0, size = 'small' }: VectorOptions = {}): Generator<VectorCase> {
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= 2 ** 31)) {
    throw new RangeError(`"seed" expected an integer in 0…${2 ** 31}, got ${seed}`);
  }
  if (size !== 'small' && size !== 'full') {
    throw new RangeError(`"size" expected small or full, got ${JSON.stringify(size)}`);
  }
  const full = size === 'full';
  const first = Math.imul(seed, 10_007) >>> 1;
  yield* discretizeCases(first);
  yield* scanCases(first, full);
  yield* selectiveScanCases(first, full);
  yield* backwardCases(first, full);
  yield* convCases(first);
  yield* blockCases(first);
  yield* modelCases(first);
}
