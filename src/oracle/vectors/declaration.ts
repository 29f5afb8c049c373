/**
 * What an implementation says of itself, and how far off each of its numbers may be.
 *
 *   |got − value| ≤ factor·(u[accumulation]·scale + floor) + factor·u[state]·state + u[result]·|value| + floor
 *
 * The second part where the state is narrower than the accumulation, the third where the result's dtype is.
 */
import type { ExpName, VectorOutput } from './vector-case.ts';

export type Precision = 'f64' | 'f32' | 'bf16' | 'f16';

/** Widest first. */
export const precisions: readonly Precision[] = ['f64', 'f32', 'f16', 'bf16'];

/** Sums in float16 are a mistake, and not a precision. */
export type Accumulation = Exclude<Precision, 'f16'>;

export const accumulations: readonly Accumulation[] = ['f64', 'f32', 'bf16'];

export interface Declaration {
  /** exp within 1 ulp, or within WGSL's 3 + 2|x| ulp. Default strict. */
  readonly exp?: ExpName;
  /** What products, sums and functions round to. Default f32. */
  readonly accumulation?: Accumulation;
  /** What a state is kept in from token to token. Default: the accumulation's. */
  readonly state?: Precision;
  /** What inputs are read as. Narrower than f32, cases with wide inputs are left out. Default f32. */
  readonly inputs?: Precision;
}

/** Unit roundoffs. */
export const units: Readonly<Record<Precision, number>> = {
  f64: 2 ** -53,
  f32: 2 ** -24,
  f16: 2 ** -11,
  bf16: 2 ** -8,
};

/** Half of the smallest number; where a GPU may flush to zero, twice the smallest normal one (gpu-arithmetic.ts). */
export const floors: Readonly<Record<Precision, { readonly [E in ExpName]: number }>> = {
  f64: { strict: 0, gpu: 0 },
  f32: { strict: 2 ** -150, gpu: 2 ** -125 },
  bf16: { strict: 2 ** -134, gpu: 2 ** -125 },
  f16: { strict: 2 ** -25, gpu: 2 ** -13 },
};

/** The rule as the manifest gives it. */
export const budgetRule =
  '|got - value| <= factor * (u[accumulation] * scale + floor[accumulation]) ' +
  '+ (if u[state] > u[accumulation]: factor * u[state] * state) ' +
  '+ (if u[dtype of the result] > u[accumulation]: u[dtype] * |value| + floor[dtype]); ' +
  'factor, scale and floor are those of the exp that is declared: strict (at most 1 ulp) or gpu (3 + 2|x| ulp). ' +
  'A case that has a narrowestState is for u[accumulation] and u[state] up to its u. ' +
  'A result is NaN exactly where value is; it is infinite where value, rounded to its dtype, is.';

export function isNarrow(precision: Precision): boolean {
  return precision === 'bf16' || precision === 'f16';
}

/** Whether states and sums are wide enough for a case: where they are not, its budgets mean nothing. */
export function isWideEnough(
  { accumulation = 'f32', state = accumulation }: Declaration,
  { narrowestState = 'bf16' }: { readonly narrowestState?: Precision | undefined },
): boolean {
  return Math.max(units[accumulation], units[state]) <= units[narrowestState];
}

/** The budget of every element of one output. @param result the dtype that the result is stored in */
export function budgetsOf(
  { value, scale, state, factor }: VectorOutput,
  declaration: Declaration,
  result: Precision,
): Float64Array {
  const { exp = 'strict', accumulation = 'f32', state: kept = accumulation } = declaration;
  const [k, scales, floor] = [factor[exp], scale[exp], floors[accumulation][exp]];
  const stateUnit = units[kept] > units[accumulation] && state !== undefined ? units[kept] : 0;
  const narrowed = units[result] > units[accumulation];
  return value.map((v, i) => {
    const rounded = narrowed ? units[result] * Math.abs(v) + floors[result][exp] : 0;
    const keptError = stateUnit === 0 ? 0 : k * stateUnit * state![i]!;
    return k * (units[accumulation] * scales[i]! + floor) + keptError + rounded;
  });
}
