/**
 * The vectors' cases on a target: every way in which it computes a case against the case's own values and budgets, and a
 * name for what is wrong.
 */
import { UnsupportedError } from '../../engine/errors.ts';
import type { Blame } from '../blame/blame.ts';
import { blame } from '../blame/blame.ts';
import type { Target } from '../target.ts';
import { compareCase } from '../vectors/compare-case.ts';
import type { Declaration } from '../vectors/declaration.ts';
import type { JudgedCase } from '../vectors/judge-vectors.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import type { SuiteRow, Verdict } from '../verdict.ts';
import { RowSum } from '../verdict.ts';
import { runBlock } from './block-run.ts';
import type { TracedModel } from './model-runs.ts';
import { modelRuns, runTrace } from './model-runs.ts';
import { operationRuns } from './operation-runs.ts';
import type { RunOutputs, VectorRowName, VectorRun } from './vector-run.ts';
import { vectorRowNames } from './vector-run.ts';

export interface TargetVectors {
  readonly cases: readonly VectorCase[];
  /** What the cases of the operation `trace` are about. */
  readonly traced: TracedModel;
}

/** A row's mistake. */
export interface RowBlame {
  readonly row: VectorRowName;
  readonly blame: Blame;
}

export interface JudgedTarget {
  /** How many there were; each is computed in every way that the target has. */
  readonly cases: number;
  readonly rows: readonly SuiteRow<VectorRowName>[];
  readonly blames: readonly RowBlame[];
}

type Judged = Pick<JudgedCase, 'case' | 'given' | 'verdict'>;

/** @param afterCase between two cases; whatever it throws ends the work */
export async function judgeTarget(
  target: Target,
  { cases, traced }: TargetVectors,
  afterCase: (done: number) => Promise<void> = async () => {},
): Promise<JudgedTarget> {
  const declaration: Declaration = { exp: target.arithmetic.name === 'gpu' ? 'gpu' : 'strict' };
  const sums = new Map(vectorRowNames.map((row) => [row, { sum: new RowSum(row), judged: [] as Judged[] }]));
  for (const [i, one] of cases.entries()) {
    for (const run of runsOf(target, one, traced)) {
      const { sum, judged } = sums.get(run.row)!;
      sum.add(one.name, await verdictOf(run, one, declaration, judged));
    }
    await afterCase(i + 1);
  }
  return {
    cases: cases.length,
    rows: Array.from(sums.values(), ({ sum }) => sum.row()),
    blames: Array.from(sums, ([row, { judged }]) =>
      blame(judged, declaration).map((found) => ({ row, blame: found })),
    ).flat(),
  };
}

/** Every way in which a target computes a case. */
export function runsOf(target: Target, one: VectorCase, traced: TracedModel): readonly VectorRun[] {
  if (one.operation === 'block') return [{ row: 'block', run: () => runBlock(target, one) }];
  if (one.operation === 'model') return modelRuns(target, one);
  if (one.operation === 'trace') return [{ row: 'trace', run: () => runTrace(target, one, traced) }];
  return operationRuns(target, one);
}

/** @param judged takes what can be blamed for something */
async function verdictOf(
  { run }: VectorRun,
  one: VectorCase,
  declaration: Declaration,
  judged: Judged[],
): Promise<Verdict> {
  try {
    const given = await run();
    const asked = onlyGiven(one, given);
    const verdict = compareCase(asked, given, declaration);
    judged.push({ case: asked, given, verdict });
    const [failure] = verdict.failures;
    return { worst: verdict.worst, ...(failure !== undefined && { failure }) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof UnsupportedError ? { worst: 0, absent: message } : { worst: Infinity, failure: message };
  }
}

/** The case with those outputs alone that this way of computing gives. @throws Error when there are none */
function onlyGiven(one: VectorCase, given: RunOutputs): VectorCase {
  const outputs = Object.entries(one.outputs).filter(([name]) => given[name] !== undefined);
  if (outputs.length === 0) throw new Error('expected outputs of the case, got none');
  return { ...one, outputs: Object.fromEntries(outputs) };
}
