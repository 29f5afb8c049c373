/**
 * A mistake that loses digits, weighed: which digits remain depends on how exp and sums happen to round, so only places and
 * sizes tell. What is predicted is the most that it moves each element, by several choices of signs.
 */
import { numbersOf } from '../vectors/compare-case.ts';
import type { Declaration } from '../vectors/declaration.ts';
import { budgetsOf } from '../vectors/declaration.ts';
import type { Outputs } from './case-reader.ts';
import type { FittedCase } from './fit.ts';
import type { MistakeName } from './mistakes.ts';
import { lossSigns } from './narrow.ts';
import { predict } from './predict.ts';
import type { Evidence, Suspect } from './suspect.ts';

/** An error may be so many times as large as predicted: sums of several that are lost. */
const most = 8;

/** Where so many budgets are predicted, the error shows, but for one that happens to be small. */
const clear = 16;

interface SizeFit {
  /** Elements outside of their budgets, and those of them that are too far off to be explained. */
  readonly off: number;
  readonly beyond: number;
  /** Elements that should be off clearly, and those of them that are off. */
  readonly expected: number;
  readonly met: number;
}

/**
 * @param variant the first of as many as there are choices of signs
 * @returns the mistake as a suspect: it explains the cases that are off where it loses digits and nowhere else
 */
export function suspectBySize(mistake: MistakeName, variant: number, evidence: Evidence): Suspect {
  const { failing, passing, declaration } = evidence;
  const fitted = (one: FittedCase) => {
    const ways = Array.from({ length: lossSigns }, (_, i) => predict(one.case, mistake, variant + i) ?? {});
    return sizeFit(one, ways, declaration);
  };
  const nothing = { mistake, explained: 0, contradicted: 0, stray: 0, distance: 1 };
  const explained: SizeFit[] = [];
  for (const [i, one] of failing.entries()) {
    const fit = fitted(one);
    if (fit.off > 0 && fit.beyond === 0 && !isSpared(fit)) explained.push(fit);
    if (2 * (explained.length + failing.length - 1 - i) <= failing.length) return nothing; // it can no longer explain most
  }
  if (explained.reduce((sum, { off }) => sum + off, 0) < 2) return nothing; // one element lies near many a mistake
  const contradicted = passing.filter((one) => isSpared(fitted(one))).length;
  return { ...nothing, explained: explained.length, contradicted };
}

/** Most of the elements that should be off are not. */
function isSpared(fit: SizeFit): boolean {
  return 2 * fit.met < fit.expected;
}

function sizeFit({ case: one, given }: FittedCase, ways: readonly Outputs[], declaration: Declaration): SizeFit {
  let [off, beyond, expected, met] = [0, 0, 0, 0];
  for (const [name, output] of Object.entries(one.outputs)) {
    const result = numbersOf(given[name]);
    if (result === undefined || typeof result === 'string') continue;
    budgetsOf(output, declaration, result.precision).forEach((budget, i) => {
      const right = output.value[i]!;
      const error = result.data[i] === right ? 0 : Math.abs(result.data[i]! - right);
      const predictedError = Math.max(...ways.map((wrong) => Math.abs((wrong[name]?.[i] ?? right) - right)));
      const isOff = !(error <= budget);
      if (isOff) off++;
      if (isOff && !(error <= budget + most * predictedError)) beyond++;
      if (!(predictedError > clear * budget)) return;
      expected++;
      if (isOff) met++;
    });
  }
  return { off, beyond, expected, met };
}
