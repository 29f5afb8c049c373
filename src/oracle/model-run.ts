/**
 * An engine and the truth side by side: both read the same, and what they say is compared.
 */

import type { Engine } from '../engine/engine.ts';
import { expectMambaState } from '../generation/model-state.ts';
import type { State } from '../reference/types.ts';
import type { Comparison } from './compare.ts';
import { compare } from './compare.ts';
import type { ModelProblem } from './model-problems.ts';
import type { ModelTruth } from './model-truth.ts';
import { gatherStates, stateNames } from './model-truth.ts';

export interface ModelRun {
  readonly engine: Engine;
  readonly truth: ModelTruth;
  readonly problem: ModelProblem;
  /** Errors are at most k·(u·scale + floor). */
  readonly k: number;
  readonly floor: number;
}

/** Both read the problem's texts. */
export async function readAll(run: ModelRun): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [i, lists] of run.problem.reads.entries()) {
    comparisons.push(...expectLogits(run, `read ${i}`, lists, await run.engine.read(lists)));
  }
  return comparisons;
}

/** The truth reads what the engine has read, a list a sequence; its logits are those after the lists that are not empty. */
export function expectLogits(
  { truth, k, floor }: ModelRun,
  name: string,
  lists: readonly (readonly number[])[],
  logits: readonly (Float32Array | undefined)[],
): readonly Comparison[] {
  return lists.flatMap((ids, s) => {
    if (ids.length === 0) return [];
    const { value, scale } = truth.read(s, ids);
    const shape = { i: value.length };
    return [compare(logits[s], { name: `${name}, sequence ${s}: logits`, shape, value, scale }, k, floor)];
  });
}

/** The states of both. */
export async function expectStates(
  { engine, truth, k, floor }: ModelRun,
  when = 'the end',
): Promise<readonly Comparison[]> {
  const states: State[] = [];
  for (let s = 0; s < engine.sequences; s++) states.push(expectMambaState(await engine.state(s)));
  const actual = Object.fromEntries(stateNames.map((name) => [name, gatherStates(states, name)]));
  return truth
    .expectedStates()
    .map((expected) => compare(actual[expected.name], { ...expected, name: `${when}: ${expected.name}` }, k, floor));
}
