/**
 * Runs a target through seeded problems and says how it did. `verify` and the page run this as it is; the tests draw
 * seeds and sizes with fast-check and call {@link judge}.
 */
import { UnsupportedError } from '../engine/errors.ts';
import { factorOf } from './bounds.ts';
import { compare } from './compare.ts';
import type { OperationName, Problems } from './operations.ts';
import { operationNames, problemOf, truthOf } from './operations.ts';
import type { Target } from './target.ts';

export interface Verdict {
  /** The worst error in units of its bound. */
  readonly worst: number;
  /** What is wrong, if anything. */
  readonly failure?: string;
  /** Why the target does not run this problem. */
  readonly absent?: string;
}

/** Runs one problem. */
export async function judge<O extends OperationName>(
  target: Target,
  operation: O,
  problem: Problems[O],
): Promise<Verdict> {
  try {
    const result = await target.run(operation, problem);
    const { arithmetic } = target;
    const k = factorOf(operation, problem, arithmetic);
    const comparisons = truthOf(operation, problem, arithmetic).map((expected) =>
      compare(result[expected.name], expected, k, arithmetic.floor),
    );
    const worst = comparisons.reduce((most, comparison) => (comparison.worst <= most.worst ? most : comparison));
    return worst.worst <= 1 ? { worst: worst.worst } : { worst: worst.worst, failure: worst.report };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof UnsupportedError ? { worst: 0, absent: message } : { worst: Infinity, failure: message };
  }
}

export interface SuiteOptions {
  /** How many problems an operation, or which seeds. Default 40. */
  readonly seeds?: number | readonly number[];
  readonly operations?: readonly OperationName[];
  /** The largest size; seed s runs size s mod (largest + 1). Default 33. */
  readonly largest?: number;
}

/** How one operation did. */
export interface SuiteRow {
  readonly operation: OperationName;
  /** Problems that ran. */
  readonly cases: number;
  readonly worst: number;
  /** `seed 7, size 7: y (t=3, d=1) …` */
  readonly failures: readonly string[];
  /** Why problems did not run, each reason once. */
  readonly absent: readonly string[];
}

export async function runSuite(target: Target, options: SuiteOptions = {}): Promise<readonly SuiteRow[]> {
  const { seeds = 40, operations = operationNames, largest = 33 } = options;
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
  const rows: SuiteRow[] = [];
  for (const operation of operations) rows.push(await runOperation(target, operation, list, largest));
  return rows;
}

async function runOperation(
  target: Target,
  operation: OperationName,
  seeds: readonly number[],
  largest: number,
): Promise<SuiteRow> {
  const failures: string[] = [];
  const absent = new Set<string>();
  let worst = 0;
  let cases = 0;
  for (const seed of seeds) {
    const size = seed % (largest + 1);
    const verdict = await judge(target, operation, problemOf(operation, seed, size));
    if (verdict.absent !== undefined) {
      absent.add(verdict.absent);
      continue;
    }
    cases++;
    worst = Math.max(worst, verdict.worst);
    if (verdict.failure !== undefined) failures.push(`seed ${seed}, size ${size}: ${verdict.failure}`);
  }
  return { operation, cases, worst, failures, absent: [...absent] };
}
