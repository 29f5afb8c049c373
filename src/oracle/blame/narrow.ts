/**
 * Rounding that should not be there: a state or an exp kept in a narrow dtype, denormals flushed to zero.
 */
import { toBfloat16, toFloat16 } from '../rounding.ts';
import type { MistakeName } from './mistakes.ts';

/** What a mistake rounds the states to. @param variant bits, where the mistake is about few of them */
export function storedBy(mistake: MistakeName | undefined, variant = 1): (state: number) => number {
  if (mistake === 'state kept in float16') return toFloat16;
  if (mistake === 'state kept in bfloat16') return toBfloat16;
  if (mistake === 'denormals flushed to zero' && variant !== 3) return flushed;
  if (mistake === 'state kept in few bits') return (state) => toBits(state, variant);
  return (state) => state;
}

/** Whether y reads a state before it is stored, from a register that is wide, as variant 2 of a narrow one. */
export function readsBefore(mistake: MistakeName | undefined, variant: number): boolean {
  return variant === 2 && (mistake === 'state kept in float16' || mistake === 'state kept in bfloat16');
}

/** What a mistake makes of operands, before anything is computed. */
export function takenBy(mistake: MistakeName | undefined, variant: number): (value: number) => number {
  return mistake === 'denormals flushed to zero' && variant === 2 ? flushed : (value) => value;
}

/**
 * exp in Ā, or what a mistake makes of it.
 * @param variant 1 in Ā alone, 2 everywhere; 3 and 4 the same with its argument in float16 too
 */
export function expBy(mistake: MistakeName | undefined, variant = 1): (x: number) => number {
  if (mistake === 'exp biased') return (x) => Math.exp(x) * (1 + 2 ** -23);
  if (mistake !== 'exp in float16') return Math.exp;
  return variant > 2 ? (x) => toFloat16(Math.exp(toFloat16(x))) : (x) => toFloat16(Math.exp(x));
}

/** exp in softplus and the gate. */
export function otherExpBy(mistake: MistakeName | undefined, variant = 1): (x: number) => number {
  return variant % 2 === 0 ? expBy(mistake, variant) : Math.exp;
}

/** Numbers below float32's smallest normal one become 0. */
export function flushed(value: number): number {
  return Math.abs(value) < 2 ** -126 ? 0 : value;
}

/** Choices of signs by which digits are lost: sums of some of them are as large as sums of lost digits may be. */
export const lossSigns = 6;

/** A variant of a mistake that loses digits: of which form it is, from 1 on, and the signs that remaining takes. */
export function lossOf(variant = 1): { readonly form: number; readonly signs: number } {
  return { form: Math.ceil(variant / lossSigns), signs: (variant - 1) % lossSigns };
}

/** The same backwards: the first variant of a form; the other signs follow. */
export function firstLoss(form: number): number {
  return (form - 1) * lossSigns + 1;
}

/**
 * What float32 may leave of v in (v + w) − w: a rounding of w is lost, or gained.
 *
 * @param signs 0 for the least that is left; any other number for one choice of signs, by the bits of v
 */
export function remaining(v: number, w: number, signs: number): number {
  const [single = 0] = new Uint32Array(Float32Array.of(v).buffer);
  const gained = signs > 0 && Math.imul(single ^ Math.imul(signs, 0x9e3779b9), 0x85ebca6b) < 0;
  return v + (gained ? 1 : -1) * Math.sign(v) * Math.min(Math.abs(v), 2 ** -24 * Math.abs(w));
}

/** Rounded to nearest in so many bits; below 0, the rest of −bits is cut off. */
function toBits(value: number, bits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const single = Math.fround(value);
  const unit = 2 ** (exponentOf(single) + 1 - Math.abs(bits));
  return (bits < 0 ? Math.trunc(single / unit) : Math.round(single / unit)) * unit;
}

/** Significant bits of a float32, from its first 1 to its last. */
export function bitsOf(value: number): number {
  if (value === 0) return 0;
  let [unit, bits] = [2 ** exponentOf(value), 1];
  while (bits < 53 && value % unit !== 0) [unit, bits] = [unit / 2, bits + 1];
  return bits;
}

/** ⌊log2 |value|⌋ */
function exponentOf(value: number): number {
  const guess = Math.floor(Math.log2(Math.abs(value)));
  if (2 ** guess > Math.abs(value)) return guess - 1;
  return 2 ** (guess + 1) <= Math.abs(value) ? guess + 1 : guess;
}
