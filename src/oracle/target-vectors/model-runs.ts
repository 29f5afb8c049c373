/**
 * Whole models on a target's backend: the vectors' small ones, and the published one of the trace.
 */
import { memoryWeights } from '../../checkpoint/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { loadEngine } from '../../engine/load-engine.ts';
import type { MambaConfig, Weights } from '../../reference/types.ts';
import { lendBackend } from '../lent-backend.ts';
import type { Target } from '../target.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import { backendOf } from './block-run.ts';
import { configOf, weightsOf } from './model-inputs.ts';
import type { RunOutputs, VectorRun } from './vector-run.ts';

/** The model that a trace is of: its weights are in no case. */
export interface TracedModel {
  readonly config: MambaConfig;
  readonly weights: Weights;
}

/** Every prefix read at once, and token by token: two ways to the same logits. */
export function modelRuns(target: Target, one: VectorCase): readonly VectorRun[] {
  const model = { config: configOf(one), weights: weightsOf(one) };
  const ids = Array.from(one.inputs.ids!.data);
  const logitsBy = (read: (engine: Engine, t: number) => Promise<(Float32Array | undefined)[]>) =>
    withEngine(target, model, async (engine) => {
      const logits = new Float32Array(ids.length * engine.vocabSize);
      for (let t = 0; t < ids.length; t++) logits.set((await read(engine, t))[0]!, t * engine.vocabSize);
      return { logits };
    });
  const prefix = (engine: Engine, t: number) => {
    engine.reset();
    return engine.read([ids.slice(0, t + 1)]);
  };
  const token = (engine: Engine, t: number) => engine.read([[ids[t]!]]);
  return [prefix, token].map((read) => ({ row: 'model', run: () => logitsBy(read) }));
}

/** What the engine shows of each layer, under the names that the trace has. */
export async function runTrace(target: Target, one: VectorCase, model: TracedModel): Promise<RunOutputs> {
  const seen: Record<string, Float32Array> = {};
  await withEngine(target, model, (engine) =>
    engine.read([one.inputs.ids!.data], {
      visit: (name, _, data) => {
        // Only the last token has a hidden state there.
        if (one.outputs[name]?.value.length === data.length) seen[name] = data;
      },
    }),
  );
  return seen;
}

async function withEngine<T>(
  target: Target,
  { config, weights }: TracedModel,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const backend = backendOf(target);
  const stages = [{ backend: lendBackend(backend), from: 0, to: config.nLayer }];
  const engine = await loadEngine(config, memoryWeights(weights), stages, { dtype: 'f32' });
  try {
    return await work(engine);
  } finally {
    await backend.settle().catch(() => {}); // what went wrong has been said
    engine.dispose();
  }
}
