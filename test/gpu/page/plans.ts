/**
 * Plans against the operations one by one: made-up weights in every dtype that GPUs hold, one sequence and several. Runs
 * in Node and in a page.
 */
import type { WeightSource } from '../../../src/checkpoint/weight-source.ts';
import type { WeightDtype } from '../../../src/engine/backend.ts';
import { namedConfig } from '../../../src/engine/named-shapes.ts';
import { randomWeights } from '../../../src/engine/random-weights.ts';
import { tokensAhead } from '../../../src/engine/write-ahead.ts';
import type { MambaConfig } from '../../../src/reference/types.ts';
import { distance } from './distance.ts';
import { withEngine } from './engines.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';

export interface PlanCall {
  readonly open: Opening;
  readonly dtype: WeightDtype;
  readonly sequences: number;
  /** What is not as in the small model below. */
  readonly config: Partial<MambaConfig>;
}

export interface PlanAnswer extends Ran {
  /** Greedy, a row a token: chosen here from logits, and by a plan. */
  readonly chosen: readonly (readonly number[])[];
  readonly planned: readonly (readonly number[])[];
  /** Largest difference of the states after them. */
  readonly stateDistance: number;
  /** What the plan has added to the backend's resident bytes, and what is left of that once it is disposed of. */
  readonly planBytes: number;
  readonly bytesLeft: number;
}

/** What a plan says of a model whose logits are NaN. */
export async function planOfNaN(open: Opening): Promise<string> {
  const { backend } = await openOnce(open);
  const config: MambaConfig = { ...namedConfig('130m'), ...small };
  const source = randomWeights(config);
  const broken: WeightSource = {
    ...source,
    read: async (slot, from, to) => {
      const numbers = await source.read(slot, from, to);
      return slot.field === 'normFWeight' ? numbers.map(() => Number.NaN) : numbers;
    },
  };
  return withEngine(backend, config, broken, 1, async (engine) => {
    const written = engine.writeAhead([1], { size: config.vocabSize, scale: 1 });
    return written.then(String, (error: unknown) => (error instanceof Error ? error.name : String(error)));
  });
}

const small = { dModel: 64, dInner: 128, nLayer: 2, vocabSize: 97 };

export async function comparePlan({ open, dtype, sequences, config: other }: PlanCall): Promise<PlanAnswer> {
  const { backend, ran } = await openOnce(open);
  const config: MambaConfig = { ...namedConfig('130m'), ...small, ...other };
  const prompts = Array.from({ length: sequences }, (_, s) => [1 + s, 2, 3]);
  const all = prompts.map((_, s) => s);
  const atFirst = backend.residentBytes;
  const answer = await withEngine(
    backend,
    config,
    randomWeights(config),
    sequences,
    async (engine) => {
      let logits = await engine.read(prompts);
      const choose = () => logits.map((row) => row!.indexOf(row!.reduce((most, v) => Math.max(most, v))));
      const chosen = [choose()];
      while (chosen.length <= tokensAhead) {
        logits = await engine.read(chosen.at(-1)!.map((id) => [id]));
        chosen.push(choose());
      }
      const states = await Promise.all(all.map((s) => engine.state(s)));
      for (const s of all) engine.reset(s);
      await engine.read(prompts);
      const before = backend.residentBytes;
      const planned = await engine.writeAhead(chosen[0]!, { size: config.vocabSize, scale: 1 });
      let stateDistance = 0;
      for (const s of all) stateDistance = Math.max(stateDistance, distance(states[s]!, await engine.state(s)));
      const planBytes = backend.residentBytes - before;
      return { ...ran(), chosen: chosen.slice(1), planned, stateDistance, planBytes };
    },
    dtype,
  );
  return { ...answer, bytesLeft: backend.residentBytes - atFirst };
}
