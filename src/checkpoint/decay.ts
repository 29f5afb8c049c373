/**
 * A = −exp(aLog), which GGUF holds in float32 where the other formats hold aLog.
 *
 * What comes back. The map aLog ↦ fl32(−exp(aLog)) has no inverse: up to |aLog| = 1 float32 has more values of aLog than
 * of A. So, for an A that was written with a correctly rounded exp:
 *
 *   A itself                 bit for bit, always: an engine computes with the A of the file (WeightSource.readA)
 *   aLog, a float32 before   bit for bit where |aLog| > 1, or 0; elsewhere within 2^−23
 *   fl32(−exp(aLog)) = A     always, in float64 arithmetic
 */
import type { Floats } from '../reference/types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { StoredTensor } from './tensor-file.ts';

/**
 * Replaces each A by an aLog: the float32 next to log(−A) where its −exp rounds to A, else log(−A) in float64.
 * @param numbers A, all below 0
 * @throws CheckpointError at the first that is not a finite number below 0
 */
export function logOfDecayInPlace(numbers: Float64Array, tensor: StoredTensor): void {
  expectDecay(numbers, tensor);
  for (let i = 0; i < numbers.length; i++) numbers[i] = logOfDecay(numbers[i]!);
}

/** A that is not below 0 lets the state grow without end: no model has it. @throws CheckpointError at the first one */
export function expectDecay(numbers: Floats, tensor: StoredTensor): void {
  const i = numbers.findIndex((A) => !(A < 0 && A > -Infinity));
  if (i < 0) return;
  const problem = `expected finite numbers below 0 (−exp of A_log), got ${numbers[i]} at ${i}`;
  throw new CheckpointError({ file: tensor.source.name, tensor: tensor.name }, problem);
}

/** log(−A), as a float32 where that loses nothing. */
export function logOfDecay(A: number): number {
  const exact = Math.log(-A);
  const single = Math.fround(exact);
  return Math.fround(-Math.exp(single)) === A ? single : exact;
}
