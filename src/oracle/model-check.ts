/**
 * An engine as a whole on a target's backend against the float64 reference: texts read in pieces, steps of one token, and
 * tokens that the device chooses itself. Where a backend compiles plans, steps and choices run through them and through
 * what it fuses in them, which no operation of the suite does.
 */
import type { Engine } from '../engine/engine.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { Comparison } from './compare.ts';
import { backendOf, withLentEngine } from './lent-engine.ts';
import { modelFactorOf } from './model-bounds.ts';
import type { ModelProblem } from './model-problems.ts';
import { modelProblemOf } from './model-problems.ts';
import type { ModelRun } from './model-run.ts';
import { expectLogits, expectStates, readAll } from './model-run.ts';
import { ModelTruth } from './model-truth.ts';
import { checkPlan } from './plan-check.ts';
import type { Target } from './target.ts';
import type { SuiteRow, Verdict } from './verdict.ts';
import { RowSum, verdictOf } from './verdict.ts';

const checks = {
  /** Logits after each read, states after the last one. */
  model: async (run: ModelRun) => [...(await readAll(run)), ...(await expectStates(run))],
  /** The same, and then token by token, as one submission each where there are plans. */
  step: checkSteps,
  /** Tokens that the device chooses itself. */
  plan: checkPlan,
} as const satisfies Readonly<Record<string, (run: ModelRun) => Promise<readonly Comparison[]>>>;

export type ModelCheckName = keyof typeof checks;

export const modelCheckNames = Object.keys(checks) as readonly ModelCheckName[];

/** Runs one check on one model. All that it allocates is given back. */
export function judgeModel(target: Target, check: ModelCheckName, problem: ModelProblem): Promise<Verdict> {
  return verdictOf(async () => {
    const { config, dtype, weights, sequences } = problem;
    const k = modelFactorOf(target.arithmetic, dtype);
    const truth = await ModelTruth.create(config, weights, dtype, sequences);
    return withEngine(target, check, problem, (engine) =>
      checks[check]({ engine, truth, problem, k, floor: target.arithmetic.floor }),
    );
  });
}

/** Runs some seeds of one check. */
export async function runModelCheck(
  target: Target,
  check: ModelCheckName,
  seeds: readonly number[],
): Promise<SuiteRow<ModelCheckName>> {
  const sum = new RowSum(check);
  for (const seed of seeds) {
    const problem = await modelProblemOf(seed);
    sum.add(`seed ${seed}, ${problem.kind}`, await judgeModel(target, check, problem));
  }
  return sum.row();
}

/** @throws UnsupportedError for a target that is no device, or has no plans where they are asked for */
function withEngine<T>(
  target: Target,
  check: ModelCheckName,
  problem: ModelProblem,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (check === 'plan' && backendOf(target).compile === undefined) {
    throw new UnsupportedError(`${target.name}: no plans are compiled, a token at a time is chosen here`);
  }
  const { config, weights, dtype, sequences } = problem;
  return withLentEngine(target, { config, weights, dtype, sequences }, work);
}

async function checkSteps(run: ModelRun): Promise<readonly Comparison[]> {
  const { engine, problem } = run;
  const comparisons = [...(await readAll(run))];
  for (const [t, ids] of problem.steps.entries()) {
    const logits = engine.writesAhead ? await engine.step(ids) : await engine.read(ids.map((id) => [id]));
    comparisons.push(
      ...expectLogits(
        run,
        `step ${t}`,
        ids.map((id) => [id]),
        logits,
      ),
    );
  }
  return [...comparisons, ...(await expectStates(run))];
}
