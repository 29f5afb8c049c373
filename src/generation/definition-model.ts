/**
 * A model given by pure functions, as the reference gives its models, read as a language model: float64 on one thread,
 * right rather than fast.
 */
import { crossEntropy } from '../reference/cross-entropy.ts';
import { expectId } from '../reference/embedding.ts';
import { expectShape, expectSize } from '../reference/shapes.ts';
import type { Floats } from '../reference/types.ts';
import type { LanguageModel, ReadOptions } from './language-model.ts';
import type { ModelState } from './model-state.ts';
import { nextTurn } from './next-turn.ts';

/** What there is to know of a model to read with it: pure functions, S being what it remembers. */
export interface ModelDefinition<S extends ModelState> {
  readonly vocabSize: number;
  /** Most tokens that it can read. */
  readonly positions?: number | undefined;
  /** Numbers of a hidden row. */
  readonly width: number;
  emptyState(): S;
  /** A copy of a state. @throws RangeError when it is of another model */
  copyState(state: ModelState): S;
  /** @throws RangeError when this state leaves no room for so many tokens more */
  expectRoom?(state: S, tokens: number): void;
  forward(ids: readonly number[], state: S): { readonly hidden: Float64Array; readonly state: S };
  logits(hidden: Float64Array): Float64Array;
}

/** Tokens between two turns of the event loop: a Mamba of 2 million parameters takes some 60 ms for them (measured). */
const chunkLength = 8;

/** {@link LanguageModel} over a definition. */
export class DefinitionModel<S extends ModelState> implements LanguageModel {
  readonly backend = 'reference';
  readonly device = 'javascript, 1 thread';
  readonly dtype = 'f64';
  readonly vocabSize: number;
  readonly positions: number | undefined;
  readonly #definition: ModelDefinition<S>;
  #state: S;

  constructor(definition: ModelDefinition<S>) {
    this.vocabSize = definition.vocabSize;
    this.positions = definition.positions;
    this.#definition = definition;
    this.#state = definition.emptyState();
  }

  async reset(): Promise<void> {
    this.#state = this.#definition.emptyState();
  }

  async prefill(ids: ArrayLike<number>, options: ReadOptions = {}): Promise<Floats> {
    expectSize('ids.length', ids.length, 1);
    let last = new Float64Array();
    await this.#read(ids, options, (hidden) => {
      last = hidden.slice(-this.#definition.width);
    });
    return this.#definition.logits(last);
  }

  async step(id: number): Promise<Floats> {
    const { hidden, state } = this.#definition.forward([id], this.#state);
    const logits = this.#definition.logits(hidden);
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
      const rows = hidden.length / this.#definition.width;
      const logits = this.#definition.logits(hidden);
      const chunkTargets = Array.from({ length: rows }, (_, t) => targets[start + t]!);
      nats.set(crossEntropy({ rows, vocabSize: this.vocabSize }, logits, chunkTargets), start);
    });
    return nats;
  }

  async state(): Promise<S> {
    return this.#definition.copyState(this.#state);
  }

  async restore(state: ModelState): Promise<void> {
    this.#state = this.#definition.copyState(state);
  }

  /** Reads ids chunk by chunk; the model's state moves on only when all went well. */
  async #read(
    ids: ArrayLike<number>,
    { signal, onProgress }: ReadOptions,
    visit: (hidden: Float64Array, start: number) => void,
  ): Promise<void> {
    const all = Array.from(ids);
    let state = this.#state;
    this.#definition.expectRoom?.(state, all.length);
    for (let start = 0; start < all.length; start += chunkLength) {
      signal?.throwIfAborted();
      const chunk = all.slice(start, start + chunkLength);
      const forward = this.#definition.forward(chunk, state);
      state = forward.state;
      visit(forward.hidden, start);
      onProgress?.(start + chunk.length, all.length);
      await nextTurn();
    }
    signal?.throwIfAborted();
    this.#state = state;
  }
}
