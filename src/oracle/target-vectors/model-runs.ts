/**
 * Whole models on a target's backend: the vectors' small ones, and the published one of the trace.
 */
import type { Engine } from '../../engine/engine.ts';
import { withLentEngine } from '../lent-engine.ts';
import type { Target } from '../target.ts';
import type { TracedModel } from '../vectors/cases-trace.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import { configOf, weightsOf } from './model-inputs.ts';
import type { VectorRun } from './vector-run.ts';

/** Logits after token t, by some way of the engine's. */
type ReadToken = (engine: Engine, ids: readonly number[], t: number) => Promise<readonly (Float32Array | undefined)[]>;

const ways: Readonly<Record<string, ReadToken>> = {
  'by prefixes': (engine, ids, t) => {
    engine.reset();
    return engine.read([ids.slice(0, t + 1)]);
  },
  'token by token': (engine, ids, t) => engine.read([[ids[t]!]]),
  'a plan a token': (engine, ids, t) => engine.step([ids[t]!]),
};

/** Every prefix read at once, token by token, and, where plans are compiled, by the kernels fused in them. */
export function modelRuns(target: Target, one: VectorCase): readonly VectorRun[] {
  const model = { config: configOf(one), weights: weightsOf(one) };
  const ids = Array.from(one.inputs.ids!.data);
  const logitsBy = (read: ReadToken) =>
    withLentEngine(target, model, async (engine) => {
      const logits = new Float32Array(ids.length * engine.vocabSize);
      for (let t = 0; t < ids.length; t++) logits.set((await read(engine, ids, t))[0]!, t * engine.vocabSize);
      return { logits };
    });
  const there = Object.entries(ways).filter(([way]) => way !== 'a plan a token' || target.backend?.compile);
  return there.map(([way, read]) => ({ row: 'model', way, gives: ['logits'], run: () => logitsBy(read) }));
}

/** What the engine shows of each layer, under the names that the trace has; of hidden it shows the last token alone. */
export function traceRun(target: Target, one: VectorCase, model: TracedModel): VectorRun {
  const gives = Object.keys(one.outputs).filter((name) => /\.(delta|B|C|y|residual)$/.test(name));
  const run = async () => {
    const seen: Record<string, Float32Array> = {};
    const visit = (name: string, _: readonly number[], data: Float32Array) => {
      seen[name] = data;
    };
    await withLentEngine(target, model, (engine) => engine.read([one.inputs.ids!.data], { visit }));
    return seen;
  };
  return { row: 'trace', gives, run };
}
