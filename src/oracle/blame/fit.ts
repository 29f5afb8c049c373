/**
 * How well a mistake explains a wrong result: the distance of what it predicts from what was given, in units of the budget.
 */
import type { GivenOutputs } from '../vectors/compare-case.ts';
import type { Declaration } from '../vectors/declaration.ts';
import { budgetsOf, units } from '../vectors/declaration.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import type { Outputs } from './case-reader.ts';

export interface Fit {
  /** The largest distance: within 1 the prediction is what was given. */
  readonly worst: number;
  /** Σ distance², and what it would be for the right values: their quotient is the part left unexplained. */
  readonly left: number;
  readonly all: number;
  /** Σ (given − right)·(predicted − right) and Σ (predicted − right)², weighted: for a mistake of unknown size. */
  readonly along: number;
  readonly length: number;
}

/** @param size the prediction's distance from what is right is taken so many times */
export function fitOf(
  one: VectorCase,
  given: GivenOutputs,
  predicted: Outputs,
  declaration: Declaration,
  size = 1,
): Fit {
  let [worst, left, all, along, length] = [0, 0, 0, 0, 0];
  for (const [name, output] of Object.entries(one.outputs)) {
    const [result, wrong] = [given[name], predicted[name]];
    if (result === undefined || typeof result === 'string' || wrong === undefined) continue;
    const budgets = budgetsOf(output, declaration, result.precision);
    const growth = growthOf(output.value, wrong);
    for (let i = 0; i < budgets.length; i++) {
      const [got, right] = [result.data[i]!, output.value[i]!];
      const expected = size === 1 ? wrong[i]! : right + size * (wrong[i]! - right);
      const unit = growth * budgets[i]! + 4 * units[result.precision] * Math.abs(expected) + 2 ** -149;
      const distance = distanceOf(got, expected, unit);
      worst = Math.max(worst, distance);
      if (!Number.isFinite(distance)) continue;
      const [off, moved] = [(got - right) / unit, (wrong[i]! - right) / unit];
      if (!Number.isFinite(off * moved)) continue;
      left += distance ** 2;
      all += off ** 2;
      along += off * moved;
      length += moved ** 2;
    }
  }
  return { worst, left, all, along, length };
}

/** Budgets are those of the right values: a mistake that makes numbers larger makes their roundings larger too. */
function growthOf(right: Float64Array, wrong: Float64Array): number {
  const most = (values: Float64Array) =>
    values.reduce((largest, v) => (Number.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest), 0);
  const size = most(right);
  return size === 0 ? 1 : Math.max(1, most(wrong) / size);
}

function distanceOf(got: number, expected: number, unit: number): number {
  if (Number.isNaN(got) || Number.isNaN(expected)) {
    return Number.isNaN(got) === Number.isNaN(expected) ? 0 : Infinity;
  }
  if (got === expected || got === Math.fround(expected)) return 0;
  return Math.abs(got - expected) / unit;
}
