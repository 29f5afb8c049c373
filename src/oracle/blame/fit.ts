/**
 * How well a mistake explains a wrong result: the distance of what it predicts from what was given, in units of the budget.
 */
import type { CaseVerdict, GivenOutputs } from '../vectors/compare-case.ts';
import { numbersOf } from '../vectors/compare-case.ts';
import type { Declaration } from '../vectors/declaration.ts';
import { budgetsOf, units as roundoffs } from '../vectors/declaration.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import type { Outputs } from './case-reader.ts';

/** A case that was judged. */
export interface FittedCase {
  readonly case: VectorCase;
  readonly given: GivenOutputs;
  readonly verdict: CaseVerdict;
}

/** Whether every output that fails is there, as numbers of the right count: what is not there tells of no mistake. */
export function isAnswered({ case: one, given, verdict }: FittedCase): boolean {
  return verdict.outputs.every(({ output, failure }) => {
    const result = numbersOf(given[output]);
    if (failure === undefined) return true;
    return (
      result !== undefined && typeof result !== 'string' && result.data.length === one.outputs[output]!.value.length
    );
  });
}

/** A prediction within this many units is what was given. */
export const near = 4;

export interface Fit {
  /** The largest distance among the outputs that fail: within 1 the prediction is what was given. */
  readonly worst: number;
  /** Whether in every output that fails, where the error is largest, what was given is nearer to the prediction than to what is right. */
  readonly nearer: boolean;
  /** Outputs that do not fail though the mistake would make them. */
  readonly stray: number;
  /** Elements of the outputs that fail that are outside of their budgets. */
  readonly off: number;
  /** Σ distance², and what it would be for the right values: their quotient is the part left unexplained. */
  readonly left: number;
  readonly all: number;
  /** Σ (given − right)·(predicted − right) and Σ (predicted − right)², weighted: for a mistake of unknown size. */
  readonly along: number;
  readonly length: number;
}

/**
 * A failing output that is not predicted is infinitely far; so are intermediates that fail alone, where the mistake would
 * have reached the results behind them.
 *
 * @param size the prediction's distance from what is right is taken so many times
 */
export function fitOf(
  { case: one, given, verdict }: FittedCase,
  predicted: Outputs,
  declaration: Declaration,
  size = 1,
): Fit {
  const failing = verdict.outputs.filter(({ failure }) => failure !== undefined).map(({ output }) => output);
  let [worst, stray, off, left, all, along, length] = [0, 0, 0, 0, 0, 0, 0];
  let nearer = true;
  for (const [name, output] of Object.entries(one.outputs)) {
    const [result, wrong] = [numbersOf(given[name]), predicted[name]];
    if (wrong === undefined && failing.includes(name)) worst = Infinity;
    if (result === undefined || typeof result === 'string' || wrong === undefined) continue;
    const budgets = budgetsOf(output, declaration, result.precision);
    const units = unitsFor(output.value, wrong, budgets, (4 + tokensOf(one)) * roundoffs[result.precision]);
    const overflowed = largestOf(wrong) > nearOverflow;
    let [most, mostOff, nearerHere] = [0, 0, false];
    units.forEach((unit, i) => {
      const [got, right] = [result.data[i]!, output.value[i]!];
      const distance = distanceOf(got, size === 1 ? wrong[i]! : right + size * (wrong[i]! - right), unit, overflowed);
      most = Math.max(most, distance);
      const [wide, moved] = [(got - right) / unit, (wrong[i]! - right) / unit];
      const over = Number.isFinite(got) ? Math.abs(got - right) / budgets[i]! : Infinity;
      if (over > mostOff) [mostOff, nearerHere] = [over, distance <= Math.abs(wide) / 2 || !Number.isFinite(got)];
      if (!(over <= 1)) off++;
      if (!Number.isFinite(wide * moved + distance)) return;
      left += distance ** 2;
      all += wide ** 2;
      along += wide * moved;
      length += moved ** 2;
    });
    if (failing.length === 0 || failing.includes(name)) {
      worst = Math.max(worst, most);
      nearer &&= nearerHere;
    } else if (most > near) stray++;
  }
  const behind = failing.length > 0 && failing.every((name) => one.outputs[name]!.optional) && stray > 0;
  return { worst: behind ? Infinity : worst, nearer, stray, off, left, all, along, length };
}

/**
 * What a prediction is measured by: the budget, or the mean of all where that is more, since a mistake moves errors from
 * one element to another; made larger as the numbers are; and a token's own roundings, relative to what is predicted.
 */
function unitsFor(right: Float64Array, wrong: Float64Array, budgets: Float64Array, relative: number): Float64Array {
  const mean = budgets.reduce((sum, budget) => sum + budget, 0) / Math.max(1, budgets.length);
  const most = largestOf(right);
  const growth = most === 0 ? 1 : Math.max(1, largestOf(wrong) / most);
  return budgets.map((budget, i) => {
    const size = Math.abs(wrong[i]!);
    return growth * Math.max(budget, mean) + (size < Infinity ? relative * size : 0) + 2 ** -149;
  });
}

/** Tokens of a case, by the axis t of its outputs. */
function tokensOf({ outputs }: VectorCase): number {
  return Object.values(outputs).reduce((most, { axes, shape }) => Math.max(most, shape[axes.indexOf('t')] ?? 0), 0);
}

/** The largest finite magnitude. */
function largestOf(values: Float64Array): number {
  return values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
}

/** Beyond this, float32 may have overflowed on the way. */
const nearOverflow = 2 ** 96;

function distanceOf(got: number, expected: number, unit: number, overflowed: boolean): number {
  if (!Number.isFinite(got)) return overflowed || !Number.isFinite(expected) ? 0 : Infinity;
  if (Number.isNaN(expected)) return Infinity;
  if (got === expected || got === Math.fround(expected)) return 0;
  return Math.abs(got - expected) / unit;
}
