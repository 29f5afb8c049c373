/**
 * Rounding that should not be there: a state or an exp kept in a narrow dtype.
 */
import { toBfloat16, toFloat16 } from '../rounding.ts';
import type { MistakeName } from './mistakes.ts';

/** What a mistake rounds the states to. */
export function storedBy(mistake: MistakeName | undefined): (state: number) => number {
  if (mistake === 'state kept in float16') return toFloat16;
  if (mistake === 'state kept in bfloat16') return toBfloat16;
  return (state) => state;
}

/** exp, or what a mistake makes of it. */
export function expBy(mistake: MistakeName | undefined): (x: number) => number {
  if (mistake === 'exp in float16') return (x) => toFloat16(Math.exp(x));
  if (mistake === 'exp biased') return (x) => Math.exp(x) * (1 + 2 ** -23);
  return Math.exp;
}
