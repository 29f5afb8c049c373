/**
 * Rounding that should not be there: a state or an exp kept in a narrow dtype.
 */
import { toBfloat16, toFloat16 } from '../rounding.ts';
import type { MistakeName } from './mistakes.ts';

/** What a mistake rounds its numbers to. */
export function roundedTo(mistake: MistakeName | undefined): (value: number) => number {
  if (mistake === 'state kept in float16' || mistake === 'exp in float16') return toFloat16;
  if (mistake === 'state kept in bfloat16') return toBfloat16;
  return (value) => value;
}
