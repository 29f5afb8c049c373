/**
 * Runs a target through seeded problems and says how it did. `verify` and the page run this as it is; the tests draw
 * seeds and sizes with fast-check and call {@link judge}.
 */
import { factorOf } from './bounds.ts';
import { compare } from './compare.ts';
import type { OperationName, Problems } from './operations.ts';
import { operationNames, problemOf, truthOf } from './operations.ts';
import type { Target } from './target.ts';
import type { SuiteRow, Verdict } from './verdict.ts';
import { RowSum, verdictOf } from './verdict.ts';

export type { SuiteRow, Verdict } from './verdict.ts';

/** Runs one problem. */
export async function judge<O extends OperationName>(
  target: Target,
  operation: O,
  problem: Problems[O],
): Promise<Verdict> {
  return verdictOf(async () => {
    const result = await target.run(operation, problem);
    const { arithmetic } = target;
    const k = factorOf(operation, problem, arithmetic);
    return truthOf(operation, problem, arithmetic).map((expected) =>
      compare(result[expected.name], expected, k, arithmetic.floor),
    );
  });
}

export interface SuiteOptions {
  /** How many problems an operation, or which seeds. Default 40. */
  readonly seeds?: number | readonly number[];
  readonly operations?: readonly OperationName[];
  /** The largest size; seed s runs size s mod (largest + 1). Default 33. */
  readonly largest?: number;
}

export async function runSuite(
  target: Target,
  options: SuiteOptions = {},
): Promise<readonly SuiteRow<OperationName>[]> {
  const { seeds = 40, operations = operationNames, largest = 33 } = options;
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
  const rows: SuiteRow<OperationName>[] = [];
  for (const operation of operations) {
    const sum = new RowSum(operation);
    for (const seed of list) {
      const size = seed % (largest + 1);
      sum.add(`seed ${seed}, size ${size}`, await judge(target, operation, problemOf(operation, seed, size)));
    }
    rows.push(sum.row());
  }
  return rows;
}
