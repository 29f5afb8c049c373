/**
 * The vectors' cases on a target: every way in which it computes a case against the case's own values and budgets, and a
 * name for what is wrong.
 */
import type { Blame } from '../blame/blame.ts';
import { blame } from '../blame/blame.ts';
import type { Target } from '../target.ts';
import type { TracedModel } from '../vectors/cases-trace.ts';
import { compareCase } from '../vectors/compare-case.ts';
import type { Declaration } from '../vectors/declaration.ts';
import type { JudgedCase } from '../vectors/judge-vectors.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import type { SuiteRow, Verdict } from '../verdict.ts';
import { RowSum, verdictOfError } from '../verdict.ts';
import { blockRun } from './block-run.ts';
import { modelRuns, traceRun } from './model-runs.ts';
import { operationRuns } from './operation-runs.ts';
import type { RunOutputs, VectorRowName, VectorRun } from './vector-run.ts';
import { vectorRowNames } from './vector-run.ts';

export interface TargetVectors {
  readonly cases: readonly VectorCase[];
  /** What the cases of the operation `trace` are about. */
  readonly traced: TracedModel;
}

/** What is wrong with one way of a row. */
export interface RowBlame {
  readonly row: VectorRowName;
  readonly way?: string;
  readonly blame: Blame;
}

export interface JudgedTarget {
  /** How many there were; each is computed in every way that the target has. */
  readonly cases: number;
  readonly rows: readonly SuiteRow<VectorRowName>[];
  readonly blames: readonly RowBlame[];
}

type Judged = Pick<JudgedCase, 'case' | 'given' | 'verdict'>;

/** The cases of one way of a row, to be blamed together. */
type Ways = Map<string, Pick<VectorRun, 'row' | 'way'> & { readonly judged: Judged[] }>;

/** @param pause between two cases, given how many are done, and before each blame; whatever it throws ends the work */
export async function judgeTarget(
  target: Target,
  { cases, traced }: TargetVectors,
  pause: (done: number) => Promise<void> = async () => {},
): Promise<JudgedTarget> {
  const declaration: Declaration = { exp: target.arithmetic.name === 'gpu' ? 'gpu' : 'strict' };
  const sums = new Map(vectorRowNames.map((row) => [row, new RowSum(row)]));
  const ways: Ways = new Map();
  for (const [i, one] of cases.entries()) {
    for (const run of runsOf(target, one, traced)) {
      const { row, way } = run;
      const where = way === undefined ? one.name : `${one.name}, ${way}`;
      const key = `${row} ${way}`;
      const kept = ways.get(key) ?? { row, ...(way !== undefined && { way }), judged: [] };
      ways.set(key, kept);
      sums.get(row)!.add(where, await verdictOf(run, one, declaration, kept.judged));
    }
    await pause(i + 1);
  }
  const blames: RowBlame[] = [];
  for (const { judged, ...way } of ways.values()) {
    await pause(cases.length);
    for (const found of blame(judged, declaration)) blames.push({ ...way, blame: found });
  }
  return { cases: cases.length, rows: Array.from(sums.values(), (sum) => sum.row()), blames };
}

/** Every way in which a target computes a case. */
export function runsOf(target: Target, one: VectorCase, traced: TracedModel): readonly VectorRun[] {
  if (one.operation === 'block') return [blockRun(target, one)];
  if (one.operation === 'model') return modelRuns(target, one);
  if (one.operation === 'trace') return [traceRun(target, one, traced)];
  return operationRuns(target, one);
}

/** @param judged takes what can be blamed for something */
async function verdictOf(
  { gives, run }: VectorRun,
  one: VectorCase,
  declaration: Declaration,
  judged: Judged[],
): Promise<Verdict> {
  try {
    const given = await run();
    const asked = withOutputs(one, gives, given);
    const verdict = compareCase(asked, given, declaration);
    judged.push({ case: asked, given, verdict });
    return { worst: verdict.worst, ...(verdict.worst > 1 && { failure: worstFailure(verdict) }) };
  } catch (error) {
    return verdictOfError(error);
  }
}

/** The case with those outputs alone. @throws Error when one of them was not given */
export function withOutputs(one: VectorCase, gives: readonly string[], given: RunOutputs): VectorCase {
  const missing = gives.filter((name) => given[name] === undefined);
  if (missing.length > 0) throw new Error(`expected ${gives.join(', ')}, got no ${missing.join(', ')}`);
  return { ...one, outputs: Object.fromEntries(gives.map((name) => [name, one.outputs[name]!])) };
}

function worstFailure({ outputs }: Judged['verdict']): string {
  return outputs.reduce((most, output) => (output.worst > most.worst ? output : most)).failure!;
}
