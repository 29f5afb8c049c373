/**
 * The conformance suite in turns: a few problems at a time, so that progress can be told and Ctrl-C comes through.
 */
import { nextTurn } from '../generation/next-turn.ts';
import type { OperationName, SuiteRow, Target } from '../oracle/index.ts';
import { operationNames, runSuite } from '../oracle/index.ts';

export interface VerifyWatch {
  readonly signal?: AbortSignal | undefined;
  /** Operations. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Problems between two turns. */
const problemsOfATurn = 8;

/**
 * @param problems how many an operation
 * @throws the signal's reason between two turns
 */
export async function verifyTarget(
  target: Target,
  problems: number,
  { signal, onProgress }: VerifyWatch = {},
): Promise<readonly SuiteRow[]> {
  const rows: SuiteRow[] = [];
  for (const operation of operationNames) {
    rows.push(await verifyOperation(target, operation, problems, signal));
    onProgress?.(rows.length, operationNames.length);
  }
  return rows;
}

async function verifyOperation(
  target: Target,
  operation: OperationName,
  problems: number,
  signal: AbortSignal | undefined,
): Promise<SuiteRow> {
  let sum: SuiteRow = { operation, cases: 0, worst: 0, failures: [], absent: [] };
  for (let start = 0; start < problems; start += problemsOfATurn) {
    const count = Math.min(problemsOfATurn, problems - start);
    const seeds = Array.from({ length: count }, (_, i) => start + i);
    const [row] = await runSuite(target, { seeds, operations: [operation] });
    sum = addRows(sum, row!);
    await nextTurn();
    signal?.throwIfAborted();
  }
  return sum;
}

function addRows(a: SuiteRow, b: SuiteRow): SuiteRow {
  return {
    operation: a.operation,
    cases: a.cases + b.cases,
    worst: Math.max(a.worst, b.worst),
    failures: [...a.failures, ...b.failures],
    absent: [...new Set([...a.absent, ...b.absent])],
  };
}
