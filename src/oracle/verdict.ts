/**
 * From comparisons to a verdict on one problem, and from verdicts to a row of the table.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { Comparison } from './compare.ts';

export interface Verdict {
  /** The worst error in units of its bound. */
  readonly worst: number;
  /** What is wrong, if anything. */
  readonly failure?: string;
  /** Why the target does not run this problem. */
  readonly absent?: string;
}

/** How one operation did, or an engine as a whole. */
export interface SuiteRow<Name extends string = string> {
  readonly operation: Name;
  /** Problems that ran. */
  readonly cases: number;
  readonly worst: number;
  /** `seed 7, size 7: y (t=3, d=1) …`, the worst first. */
  readonly failures: readonly string[];
  /** Problems that did not. */
  readonly notRun: number;
  /** Why they did not, each reason once. */
  readonly absent: readonly string[];
}

/** @param compareAll an UnsupportedError from it is an absence, any other error a failure */
export async function verdictOf(compareAll: () => Promise<readonly Comparison[]>): Promise<Verdict> {
  try {
    const comparisons = await compareAll();
    const worst = comparisons.reduce((most, comparison) => (comparison.worst <= most.worst ? most : comparison));
    return worst.worst <= 1 ? { worst: worst.worst } : { worst: worst.worst, failure: worst.report };
  } catch (error) {
    return verdictOfError(error);
  }
}

/** An UnsupportedError is an absence, any other error a failure. */
export function verdictOfError(error: unknown): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof UnsupportedError ? { worst: 0, absent: message } : { worst: Infinity, failure: message };
}

/** Adds verdicts up to a row. */
export class RowSum<Name extends string> {
  readonly #operation: Name;
  readonly #failures: { readonly worst: number; readonly text: string }[] = [];
  readonly #absent = new Set<string>();
  #cases = 0;
  #notRun = 0;
  #worst = 0;

  constructor(operation: Name) {
    this.#operation = operation;
  }

  /** @param where `seed 7, size 7` */
  add(where: string, { worst, failure, absent }: Verdict): void {
    if (absent !== undefined) {
      this.#absent.add(absent);
      this.#notRun++;
      return;
    }
    this.#cases++;
    this.#worst = Math.max(this.#worst, worst);
    if (failure !== undefined) this.#failures.push({ worst, text: `${where}: ${failure}` });
  }

  row(): SuiteRow<Name> {
    const [failures, absent] = [this.#failures.toSorted(worstFirst).map(({ text }) => text), [...this.#absent]];
    const [operation, cases, notRun, worst] = [this.#operation, this.#cases, this.#notRun, this.#worst];
    return { operation, cases, worst, failures, notRun, absent };
  }
}

/** In the order they came in where they are equally bad. */
function worstFirst({ worst: p }: { readonly worst: number }, { worst: q }: { readonly worst: number }): number {
  return p === q ? 0 : q > p ? 1 : -1;
}
