/**
 * One mistake weighed: how many failures it explains, and how well.
 */
import type { Declaration } from '../vectors/declaration.ts';
import type { Outputs } from './case-reader.ts';
import type { Fit, FittedCase } from './fit.ts';
import { fitOf, near } from './fit.ts';
import type { MistakeName } from './mistakes.ts';
import { mistakeOf } from './mistakes.ts';
import { predict, variantText } from './predict.ts';
import { suspectBySize } from './suspect-by-size.ts';

/** At most this part of the squared error may be left unexplained. */
const mostLeft = 0.25;

/** Failing cases that a mistake is tried on before all others. */
const tried = 8;

export interface Suspect {
  readonly mistake: MistakeName;
  readonly explained: number;
  /** Passing cases that the mistake would make fail. */
  readonly contradicted: number;
  /** Outputs of the cases it explains that pass though it would make them fail. */
  readonly stray: number;
  readonly distance: number;
  readonly parameter?: string;
}

/**
 * A mistake that does not explain most failures is none. Low precision is everywhere or nowhere: one that most of the error
 * points to must not have spared a case.
 */
export function isLikely({ mistake, explained, contradicted }: Suspect, failing: number): boolean {
  const spared = mistakeOf(mistake).tells !== 'exactly' && contradicted > 0;
  return 2 * explained > failing && !spared;
}

/** Explains more failures; contradicts fewer passes; tells more exactly; lies nearer. */
export function moreLikely(p: Suspect, q: Suspect): number {
  const exact = ({ mistake }: Suspect) => ['exactly', 'mostly', 'by size'].indexOf(mistakeOf(mistake).tells);
  const refuted = ({ contradicted, stray }: Suspect) => contradicted + stray;
  return q.explained - p.explained || refuted(p) - refuted(q) || exact(p) - exact(q) || p.distance - q.distance;
}

export interface Evidence {
  readonly failing: readonly FittedCase[];
  readonly passing: readonly FittedCase[];
  readonly declaration: Declaration;
}

export function suspectOf(mistake: MistakeName, variant: number, evidence: Evidence): Suspect {
  const { tells } = mistakeOf(mistake);
  if (tells === 'by size') return suspectBySize(mistake, variant, evidence);
  if (tells === 'mostly') return mostlySuspect(mistake, variant, evidence);
  const { failing, passing, declaration } = evidence;
  const fitted = (one: FittedCase) => {
    const predicted = predict(one.case, mistake, variant);
    return predicted === undefined ? undefined : fitOf(one, predicted, declaration);
  };
  // Short cases first: a mistake that explains none of them is not the one, and one that can no longer explain most is not either.
  const nothing = { mistake, explained: 0, contradicted: 0, stray: 0, distance: Infinity };
  const explained: Fit[] = [];
  for (const [i, one] of failing.entries()) {
    const fit = fitted(one);
    if (fit !== undefined && explains(fit)) explained.push(fit);
    const most = i === tried - 1 && explained.length === 0 ? 0 : explained.length + failing.length - 1 - i;
    if (2 * most <= failing.length) return nothing;
  }
  if (explained.length === 0) return nothing;
  const stray = explained.reduce((sum, one) => sum + one.stray, 0);
  const contradicted = passing.filter((one) => isSpared(fitted(one))).length;
  const distance = explained.reduce((sum, { worst }) => sum + worst, 0) / explained.length;
  const parameter = variantText(mistake, variant);
  return { mistake, explained: explained.length, contradicted, stray, distance, ...(parameter && { parameter }) };
}

/** A case that passes though the mistake would have made it fail. */
function isSpared(fit: Fit | undefined): boolean {
  return fit !== undefined && !(fit.worst <= near);
}

/** What was given is near the prediction, and nearer to it than to what is right. */
function explains({ worst, nearer }: Fit): boolean {
  return worst <= near && nearer;
}

/** The largest bias that is still a want of precision, in units of 2^−23. */
const largestBias = 1024;

/** The smallest one: an exp that is rounded correctly is within it. */
const smallestBias = 0.5;

/** Most of the error lies where the mistake would put it; a biased exp may be biased by any number of ulp. */
function mostlySuspect(mistake: MistakeName, variant: number, { failing, passing, declaration }: Evidence): Suspect {
  const fitted = (cases: readonly FittedCase[]) =>
    cases.flatMap((one) => {
      const predicted = predict(one.case, mistake, variant);
      return predicted === undefined ? [] : [{ one, predicted, fit: fitOf(one, predicted, declaration) }];
    });
  const nothing = { mistake, explained: 0, contradicted: 0, stray: 0, distance: Infinity };
  // Short cases first, as above.
  const first = fitted(failing.slice(0, tried));
  if (!leftOf(first, sizeOf(mistake, first), declaration).some((rest) => rest <= mostLeft)) return nothing;
  const fits = [...first, ...fitted(failing.slice(tried))];
  const size = sizeOf(mistake, fits);
  if (!(Math.abs(size) <= largestBias && Math.abs(size) >= smallestBias)) return nothing;
  if (fits.reduce((sum, { fit }) => sum + fit.off, 0) < 2) return nothing; // one element lies near many a mistake
  const explained = leftOf(fits, size, declaration).filter((rest) => rest <= mostLeft);
  const distance = explained.reduce((sum, rest) => sum + rest, 0) / Math.max(1, explained.length);
  const biased = mistake === 'exp biased';
  const parameter = biased ? `by some ${size.toPrecision(2)} × 2^−23` : variantText(mistake, variant);
  const suspect = {
    mistake,
    explained: explained.length,
    contradicted: 0,
    stray: 0,
    distance,
    ...(parameter && { parameter }),
  };
  if (!isLikely(suspect, failing.length)) return suspect; // the others would cost time only
  // A program for complex numbers is one of its own, and may be right where the real one is not.
  const complex = new Set(failing.map((one) => one.case.parameters.complex));
  const alike = passing.filter((one) => complex.has(one.case.parameters.complex));
  const spared = alike.filter((one) => {
    const predicted = predict(one.case, mistake, variant);
    return predicted !== undefined && isSpared(fitOf(one, predicted, declaration, size));
  });
  return { ...suspect, contradicted: spared.length };
}

interface Predicted {
  readonly one: FittedCase;
  readonly predicted: Outputs;
  readonly fit: Fit;
}

/** How many times the predicted error was given: of a biased exp alone it is not known. */
function sizeOf(mistake: MistakeName, fits: readonly Predicted[]): number {
  const total = (of: (fit: Fit) => number) => fits.reduce((sum, { fit }) => sum + of(fit), 0);
  return mistake === 'exp biased' ? total(({ along }) => along) / total(({ length }) => length) : 1;
}

/** The part of each case's squared error that is left unexplained. */
function leftOf(fits: readonly Predicted[], size: number, declaration: Declaration): readonly number[] {
  return fits.map(({ one, predicted, fit }) => {
    const { left, worst } = size === 1 ? fit : fitOf(one, predicted, declaration, size);
    return fit.all > 0 && worst < Infinity ? left / fit.all : Infinity;
  });
}
