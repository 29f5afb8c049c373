/**
 * The reference as a language model: float64 on one thread, right rather than fast.
 */
import { crossEntropy } from '../reference/cross-entropy.ts';
import { expectId } from '../reference/embedding.ts';
import { mambaModelForward, mambaModelLogits, mambaModelStep, zeroState } from '../reference/mamba-model.ts';
import { expectShape, expectSize } from '../reference/shapes.ts';
import type { Floats, MambaConfig, State, Weights } from '../reference/types.ts';
import { copyState } from './copy-state.ts';
import type { LanguageModel, ReadOptions } from './language-model.ts';
import type { ModelState } from './model-state.ts';
import { expectMambaState } from './model-state.ts';
import { nextTurn } from './next-turn.ts';

/** Tokens between two turns of the event loop: a model of 2 million parameters takes some 60 ms for them (measured). */
const chunkLength = 8;

/** {@link LanguageModel} over src/reference. Weights and config are shared with the caller, not copied. */
export function createReferenceModel(config: MambaConfig, weights: Weights): LanguageModel {
  return new ReferenceModel(config, weights);
}

class ReferenceModel implements LanguageModel {
  readonly backend = 'reference';
  readonly device = 'javascript, 1 thread';
  readonly dtype = 'f64';
  readonly vocabSize: number;
  readonly #config: MambaConfig;
  readonly #weights: Weights;
  #state: State;

  constructor(config: MambaConfig, weights: Weights) {
    this.vocabSize = config.vocabSize;
    this.#config = config;
    this.#weights = weights;
    this.#state = zeroState(config);
  }

  async reset(): Promise<void> {
    this.#state = zeroState(this.#config);
  }

  async prefill(ids: ArrayLike<number>, options: ReadOptions = {}): Promise<Floats> {
    expectSize('ids.length', ids.length, 1);
    let last = new Float64Array();
    await this.#read(ids, options, (hidden) => {
      last = hidden.slice(-this.#config.dModel);
    });
    return mambaModelLogits(this.#config, this.#weights, last);
  }

  async step(id: number): Promise<Floats> {
    const { logits, state } = mambaModelStep(this.#config, this.#weights, id, this.#state);
    this.#state = state;
    await nextTurn();
    return logits;
  }

  async crossEntropy(
    ids: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: ReadOptions = {},
  ): Promise<Float64Array> {
    expectShape('targets', targets, { seqLen: ids.length });
    for (let t = 0; t < targets.length; t++) expectId(`targets[${t}]`, targets[t]!, this.vocabSize);

    const nats = new Float64Array(ids.length);
    await this.#read(ids, options, (hidden, start) => {
      const rows = hidden.length / this.#config.dModel;
      const logits = mambaModelLogits(this.#config, this.#weights, hidden);
      const chunkTargets = Array.from({ length: rows }, (_, t) => targets[start + t]!);
      nats.set(crossEntropy({ rows, vocabSize: this.vocabSize }, logits, chunkTargets), start);
    });
    return nats;
  }

  async state(): Promise<State> {
    return copyState(this.#config, this.#state);
  }

  async restore(state: ModelState): Promise<void> {
    this.#state = copyState(this.#config, expectMambaState(state));
  }

  /** Reads ids chunk by chunk; the model's state moves on only when all went well. */
  async #read(
    ids: ArrayLike<number>,
    { signal, onProgress }: ReadOptions,
    visit: (hidden: Float64Array, start: number) => void,
  ): Promise<void> {
    const all = Array.from(ids);
    let state = this.#state;
    for (let start = 0; start < all.length; start += chunkLength) {
      signal?.throwIfAborted();
      const chunk = all.slice(start, start + chunkLength);
      const forward = mambaModelForward(this.#config, this.#weights, chunk, { state });
      state = forward.state;
      visit(forward.hidden, start);
      onProgress?.(start + chunk.length, all.length);
      await nextTurn();
    }
    signal?.throwIfAborted();
    this.#state = state;
  }
}
