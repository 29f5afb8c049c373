/**
 * One token of every sequence as a chain of operations, to be compiled: what both kinds of plans are made of.
 */
import type { Cell, Plan } from './backend.ts';
import type { EngineHead } from './head.ts';
import type { Stage } from './stage.ts';

export interface StepParts {
  readonly stage: Stage;
  readonly vocabSize: number;
  readonly head: EngineHead;
  readonly sequences: number;
}

/** One token of every sequence through all layers. */
export function enqueueToken({ stage, sequences }: StepParts, ids: Cell): void {
  const { from, to, run, bounds } = stage;
  run.embed(ids, sequences);
  for (let i = 0; i < to - from; i++) {
    if (!run.stepLayer?.(i, sequences)) run.enqueueLayer(i, { rows: sequences, sequences, bounds });
  }
}

/** Row s is the one token of sequence s. */
export function writeBounds({ stage: { backend, bounds }, sequences }: StepParts): void {
  const ends = Uint32Array.from({ length: 2 * sequences }, (_, i) => (i + 1) >> 1);
  backend.write(bounds, ends);
}

/** What a step reads and leaves. */
export function carriedCells({ run }: Stage): readonly Cell[] {
  return run.carried;
}

/** The first run of a plan compiles it. @throws what that run throws; the plan is disposed of then */
export async function warmUp(plan: Plan): Promise<void> {
  try {
    await plan.run();
    plan.undo();
  } catch (error) {
    plan.dispose();
    throw error;
  }
}
