/**
 * From wrong results to the mistake that made them: the cases of an operation are computed once more with each known
 * mistake, and the one that reproduces what was given, better than all others, is named.
 */
import type { Declaration } from '../vectors/declaration.ts';
import type { VectorOperation } from '../vectors/vector-case.ts';
import { firstDivergence } from './divergence.ts';
import type { FittedCase } from './fit.ts';
import type { Mistake } from './mistake.ts';
import type { MistakeName } from './mistakes.ts';
import { mistakeNames, mistakeOf } from './mistakes.ts';
import { variantsOf } from './predict.ts';
import { isLikely, moreLikely, suspectOf } from './suspect.ts';

export type BlamedCase = FittedCase;

export interface Blame {
  readonly operation: VectorOperation;
  readonly failing: number;
  /** Undefined where no known mistake fits. */
  readonly mistake?: MistakeName;
  readonly right?: string;
  readonly contradicts?: Mistake['contradicts'];
  /** Failing cases that it explains. */
  readonly explained: number;
  /** Chunk length, or the size of a bias in ulp, where the mistake has one. */
  readonly parameter?: string;
  /** The first intermediate that is off, where intermediates were given and no mistake fits. */
  readonly diverges?: string;
}

/** What is wrong with each operation that fails. */
export function blame(cases: readonly BlamedCase[], declaration: Declaration = {}): readonly Blame[] {
  const operations = [...new Set(cases.filter(isOff).map((one) => one.case.operation))];
  return operations.map((operation) =>
    blameOperation(
      operation,
      cases.filter((one) => one.case.operation === operation),
      declaration,
    ),
  );
}

function isOff({ verdict }: BlamedCase): boolean {
  return verdict.failures.length > 0;
}

/** Numbers in a case's outputs. */
function sizeOf({ case: one }: BlamedCase): number {
  return Object.values(one.outputs).reduce((sum, { value }) => sum + value.length, 0);
}

function blameOperation(operation: VectorOperation, cases: readonly BlamedCase[], declaration: Declaration): Blame {
  const failing = cases.filter((one) => isOff(one) && hasNumbers(one)).sort((p, q) => sizeOf(p) - sizeOf(q));
  const passing = cases.filter((one) => !isOff(one));
  const base = { operation, failing: cases.filter(isOff).length };
  const suspects = mistakeNames
    .filter((name) => mistakeOf(name).operations.includes(operation))
    .flatMap((name) => variantsOf(name).map((variant) => suspectOf(name, variant, { failing, passing, declaration })))
    .filter((suspect) => suspect.explained > 0 && isLikely(suspect, failing.length))
    .sort(moreLikely);
  const best = suspects[0];
  const diverges = best === undefined || best.explained < failing.length ? firstDivergence(cases) : undefined;
  if (best === undefined) return { ...base, explained: 0, ...(diverges && { diverges }) };
  const { right, contradicts } = mistakeOf(best.mistake);
  const { mistake, explained, parameter } = best;
  return {
    ...base,
    mistake,
    right,
    contradicts,
    explained,
    ...(parameter && { parameter }),
    ...(diverges && { diverges }),
  };
}

function hasNumbers({ given }: BlamedCase): boolean {
  return Object.values(given).some((output) => output !== undefined && typeof output !== 'string');
}
