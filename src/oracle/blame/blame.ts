/**
 * From wrong results to the mistake that made them: the cases of an operation are computed once more with each known
 * mistake, and the one that reproduces what was given, better than all others, is named.
 */
import type { Declaration } from '../vectors/declaration.ts';
import type { VectorOperation } from '../vectors/vector-case.ts';
import { firstDivergence } from './divergence.ts';
import type { Fit, FittedCase } from './fit.ts';
import { fitOf, near } from './fit.ts';
import type { Mistake, MistakeName } from './mistakes.ts';
import { mistakeNames, mistakeOf } from './mistakes.ts';
import { predict, variantsOf } from './predict.ts';

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

/** At most this part of the squared error may be left unexplained. */
const mostLeft = 0.25;

/** Failing cases that a mistake is tried on before all others. */
const tried = 8;

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

interface Suspect {
  readonly mistake: MistakeName;
  readonly explained: number;
  /** Cases that are right though the mistake would make them wrong. */
  readonly contradicted: number;
  readonly distance: number;
  readonly parameter?: string;
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

/** A mistake that explains a few of many failures, say those of length 1, is none; of two mistakes each explains some. */
function isLikely({ explained, contradicted }: Suspect, failing: number): boolean {
  return 2 * explained >= failing || (explained >= 3 && contradicted === 0);
}

/** Explains more failures; contradicts fewer passes; tells exactly; lies nearer. */
function moreLikely(p: Suspect, q: Suspect): number {
  const exact = ({ mistake }: Suspect) => (mistakeOf(mistake).tells === 'mostly' ? 1 : 0);
  return q.explained - p.explained || p.contradicted - q.contradicted || exact(p) - exact(q) || p.distance - q.distance;
}

function hasNumbers({ given }: BlamedCase): boolean {
  return Object.values(given).some((output) => output !== undefined && typeof output !== 'string');
}

interface Evidence {
  readonly failing: readonly BlamedCase[];
  readonly passing: readonly BlamedCase[];
  readonly declaration: Declaration;
}

function suspectOf(mistake: MistakeName, variant: number, evidence: Evidence): Suspect {
  if (mistakeOf(mistake).tells === 'mostly') return mostlySuspect(mistake, variant, evidence);
  const { failing, passing, declaration } = evidence;
  const fitted = (one: BlamedCase) => {
    const predicted = predict(one.case, mistake, variant);
    return predicted === undefined ? undefined : fitOf(one, predicted, declaration);
  };
  // Short cases first: a mistake that explains none of them is not the one.
  const [short, long] = [failing.slice(0, tried), failing.slice(tried)];
  const first = short.map(fitted);
  const rest = first.some((one) => one !== undefined && explains(one)) ? long.map(fitted) : [];
  const explained = [...first, ...rest].filter((one): one is Fit => one !== undefined && explains(one));
  if (explained.length === 0) return { mistake, explained: 0, contradicted: 0, distance: Infinity };
  const stray = explained.reduce((sum, one) => sum + one.stray, 0);
  const contradicted = stray + passing.filter((one) => !((fitted(one)?.worst ?? Infinity) <= near)).length;
  const distance = explained.reduce((sum, { worst }) => sum + worst, 0) / explained.length;
  const parameter = variantsOf(mistake).length > 1 ? { parameter: `chunks of ${variant}` } : {};
  return { mistake, explained: explained.length, contradicted, distance, ...parameter };
}

/** What was given is near the prediction, and nearer to it than to what is right. */
function explains({ worst, nearer }: Fit): boolean {
  return worst <= near && nearer;
}

/** The largest bias that is still a want of precision, in units of 2^−23. */
const largestBias = 1024;

/** Most of the error lies where the mistake would put it; a biased exp may be biased by any number of ulp. */
function mostlySuspect(mistake: MistakeName, variant: number, { failing, declaration }: Evidence): Suspect {
  const fits = failing.flatMap((one) => {
    const predicted = predict(one.case, mistake, variant);
    return predicted === undefined ? [] : [{ one, predicted, fit: fitOf(one, predicted, declaration) }];
  });
  const total = (of: (fit: Fit) => number) => fits.reduce((sum, { fit }) => sum + of(fit), 0);
  const biased = mistake === 'exp biased';
  const size = biased ? total(({ along }) => along) / total(({ length }) => length) : 1;
  if (!(Math.abs(size) <= largestBias)) return { mistake, explained: 0, contradicted: 0, distance: Infinity };
  const rests = fits.map(({ one, predicted, fit }) => {
    const { left, worst } = size === 1 ? fit : fitOf(one, predicted, declaration, size);
    return fit.all > 0 && worst < Infinity ? left / fit.all : Infinity;
  });
  const explained = rests.filter((rest) => rest <= mostLeft);
  const distance = explained.reduce((sum, rest) => sum + rest, 0) / Math.max(1, explained.length);
  const parameter = biased ? { parameter: `by some ${size.toPrecision(2)} × 2^−23` } : {};
  return { mistake, explained: explained.length, contradicted: 0, distance, ...parameter };
}
