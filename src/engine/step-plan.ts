/**
 * One token a submission, with its logits, for a device that computes quickly and answers slowly: for whoever chooses the
 * token on the host.
 */
import type { Backend, Cell, Plan } from './backend.ts';
import type { StepParts } from './step-chain.ts';
import { carriedCells, enqueueToken, warmUp, writeBounds } from './step-chain.ts';

export class StepPlan {
  readonly #backend: Backend;
  readonly #plan: Plan;
  readonly #ids: Cell;
  readonly #logits: Cell;

  private constructor(backend: Backend, plan: Plan, ids: Cell, logits: Cell) {
    this.#backend = backend;
    this.#plan = plan;
    this.#ids = ids;
    this.#logits = logits;
  }

  static async create(parts: StepParts): Promise<StepPlan> {
    const { stage, vocabSize, head, sequences } = parts;
    const { backend } = stage;
    const ids = backend.integers('ids of a step', sequences);
    const logits = backend.floats('logits of a step', sequences * vocabSize);
    writeBounds(parts);
    const enqueue = () => {
      enqueueToken(parts, ids);
      head.enqueueStep(logits, sequences);
    };
    const carried = carriedCells(stage);
    const plan = await backend.compile!({ enqueue, inputs: [ids, ...carried], outputs: [logits, ...carried] });
    await warmUp(plan);
    return new StepPlan(backend, plan, ids, logits);
  }

  /** Reads one id a sequence. @returns logits (sequences, vocabSize) */
  async step(ids: ArrayLike<number>): Promise<Float32Array> {
    this.#backend.write(this.#ids, Uint32Array.from(ids));
    await this.#plan.run();
    return this.#backend.read(this.#logits);
  }

  dispose(): void {
    this.#plan.dispose();
  }
}
