/**
 * One token of every sequence as a chain of operations, to be compiled: what both kinds of plans are made of.
 */
import type { MambaConfig } from '../reference/types.ts';
import type { Cell, Plan } from './backend.ts';
import { viewOf } from './backend.ts';
import type { EngineHead } from './head.ts';
import { enqueueLayer } from './layer.ts';
import type { Stage } from './stage.ts';

export interface StepParts {
  readonly stage: Stage;
  readonly config: MambaConfig;
  readonly head: EngineHead;
  readonly sequences: number;
}

/** One token of every sequence through all layers. */
export function enqueueToken({ stage, config, sequences }: StepParts, ids: Cell): void {
  const { backend, layers, states, work, bounds, embedding } = stage;
  const fused = fusesSteps(stage, config);
  const sizes = { ...config, eps: config.normEps, discretization: config.discretization ?? 'mamba' };
  const out = viewOf(work.residual, config.dModel);
  backend.embed({ out, ids, weight: embedding!, rows: sequences });
  layers.forEach((layer, i) => {
    const operands = { ...layer, ...states[i]!, residual: work.residual, sequences, ...sizes };
    if (!(fused && backend.stepLayer!(operands)))
      enqueueLayer(backend, config, layer, states[i]!, work, { rows: sequences, sequences, bounds });
  });
}

/** Whether the device has {@link Backend.stepLayer}, and the layers are what that computes. */
function fusesSteps({ backend, layers }: Stage, { mixerRmsEps, dState }: MambaConfig): boolean {
  const plain = layers.every(({ inProjBias }) => inProjBias === undefined) && mixerRmsEps === undefined && dState > 0;
  return backend.stepLayer !== undefined && plain;
}

/** Row s is the one token of sequence s. */
export function writeBounds({ stage: { backend, bounds }, sequences }: StepParts): void {
  const ends = Uint32Array.from({ length: 2 * sequences }, (_, i) => (i + 1) >> 1);
  backend.write(bounds, ends);
}

/** What a step reads and leaves. */
export function carriedCells({ states }: Stage): readonly Cell[] {
  return states.flatMap(({ convState, h }) => [convState, h]).filter(({ length }) => length > 0);
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
