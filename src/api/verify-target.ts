/**
 * What `verify` runs on a target, in turns, so that progress can be told and Ctrl-C comes through: the vectors' cases, the
 * suite's random problems, and small models through an engine as a whole.
 */
import { nextTurn } from '../generation/next-turn.ts';
import type { JudgedTarget, ModelCheckName, OperationName, SuiteRow, Target, TargetVectors } from '../oracle/index.ts';
import { judgeTarget, modelCheckNames, operationNames, runModelCheck, runSuite } from '../oracle/index.ts';

export type CheckName = OperationName | ModelCheckName;

/** The rows of random problems, in their order. */
export const checkNames: readonly CheckName[] = [...operationNames, ...modelCheckNames];

export interface VerifyWatch {
  readonly signal?: AbortSignal | undefined;
  /** Cases and rows of problems. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TargetVerdict {
  readonly vectors: JudgedTarget;
  readonly problems: readonly SuiteRow<CheckName>[];
}

export interface VerifyWork {
  readonly vectors: TargetVectors;
  /** How many an operation; a tenth of it, at least one, are models. */
  readonly problems: number;
}

/** Problems between two turns. */
const problemsOfATurn = 8;
/** A model takes as long as some ten problems of an operation, and seconds where plans are compiled. */
const problemsOfAModel = 10;

/** @throws the signal's reason between two turns */
export async function verifyTarget(
  target: Target,
  { vectors, problems }: VerifyWork,
  { signal, onProgress }: VerifyWatch = {},
): Promise<TargetVerdict> {
  const total = vectors.cases.length + checkNames.length;
  const judged = await judgeTarget(target, vectors, async (done) => {
    onProgress?.(done, total);
    await nextTurn();
    signal?.throwIfAborted();
  });
  const rows: SuiteRow<CheckName>[] = [];
  const add = (row: SuiteRow<CheckName>) => {
    rows.push(row);
    onProgress?.(vectors.cases.length + rows.length, total);
  };
  for (const operation of operationNames) {
    const run = async (seeds: readonly number[]) => (await runSuite(target, { seeds, operations: [operation] }))[0]!;
    add(await inTurns(problems, problemsOfATurn, run, signal));
  }
  const models = Math.max(1, Math.floor(problems / problemsOfAModel));
  for (const check of modelCheckNames) {
    add(await inTurns(models, 1, (seeds) => runModelCheck(target, check, seeds), signal));
  }
  return { vectors: judged, problems: rows };
}

/** Seeds 0 … count − 1, so many between two turns. */
async function inTurns<Name extends string>(
  count: number,
  ofATurn: number,
  run: (seeds: readonly number[]) => Promise<SuiteRow<Name>>,
  signal: AbortSignal | undefined,
): Promise<SuiteRow<Name>> {
  let sum: SuiteRow<Name> | undefined;
  for (let start = 0; start < count; start += ofATurn) {
    const seeds = Array.from({ length: Math.min(ofATurn, count - start) }, (_, i) => start + i);
    const row = await run(seeds);
    sum = sum === undefined ? row : addRows(sum, row);
    await nextTurn();
    signal?.throwIfAborted();
  }
  return sum!;
}

function addRows<Name extends string>(a: SuiteRow<Name>, b: SuiteRow<Name>): SuiteRow<Name> {
  return {
    operation: a.operation,
    cases: a.cases + b.cases,
    worst: Math.max(a.worst, b.worst),
    failures: [...a.failures, ...b.failures],
    notRun: a.notRun + b.notRun,
    absent: [...new Set([...a.absent, ...b.absent])],
  };
}
