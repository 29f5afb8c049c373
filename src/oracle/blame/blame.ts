/**
 * From wrong results to the mistake that made them: the cases of an operation are computed once more with each known
 * mistake, and the one that reproduces what was given, better than all others, is named.
 */
import type { Declaration } from '../vectors/declaration.ts';
import type { VectorOperation } from '../vectors/vector-case.ts';
import { firstDivergence } from './divergence.ts';
import type { FittedCase } from './fit.ts';
import { isAnswered } from './fit.ts';
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
  /** Cases that pass though the mistake would make them fail, where there are any. */
  readonly contradicted?: number;
  /** Failing cases that lack an output, or have it in another shape or dtype: no mistake is looked for in them. */
  readonly unanswered?: number;
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
  const off = cases.filter(isOff);
  const failing = off.filter(isAnswered).sort((p, q) => sizeOf(p) - sizeOf(q));
  const passing = cases.filter((one) => !isOff(one)).sort((p, q) => sizeOf(p) - sizeOf(q));
  const unanswered = off.length - failing.length;
  const base = { operation, failing: off.length, ...(unanswered > 0 && { unanswered }) };
  const suspects = mistakeNames
    .filter((name) => mistakeOf(name).operations.includes(operation))
    .flatMap((name) =>
      variantsOf(name, failing).map((variant) => suspectOf(name, variant, { failing, passing, declaration })),
    )
    .filter((suspect) => suspect.explained > 0 && isLikely(suspect, failing.length))
    .sort(moreLikely);
  const best = suspects[0];
  const diverges = best === undefined || best.explained < failing.length ? firstDivergence(cases) : undefined;
  if (best === undefined) return { ...base, explained: 0, ...(diverges && { diverges }) };
  const { right, contradicts } = mistakeOf(best.mistake);
  const { mistake, explained, contradicted, parameter } = best;
  return {
    ...base,
    mistake,
    right,
    contradicts,
    explained,
    ...(contradicted > 0 && { contradicted }),
    ...(parameter && { parameter }),
    ...(diverges && { diverges }),
  };
}
