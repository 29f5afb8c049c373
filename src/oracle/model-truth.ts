/**
 * What an engine should say: the float64 reference, a sequence at a time, with what its errors are measured by.
 *
 *   logits   ‖head_i‖·‖hidden‖   an error of hidden by ε, relative to its norm, moves logit i by at most ε times this
 *   states   max |convState|, max |h|   of a layer and sequence
 */
import { memoryWeights } from '../checkpoint/index.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { headWeight, mambaModelForward, mambaModelLogits, zeroState } from '../reference/mamba-model.ts';
import type { Floats, LayerState, MambaConfig, State, Weights } from '../reference/types.ts';
import { heldWeights } from './model-weights.ts';
import type { Expected } from './operation.ts';

/** Logits and their scales (vocabSize). */
export interface TrueLogits {
  readonly value: Float64Array;
  readonly scale: Float64Array;
}

export class ModelTruth {
  readonly #config: MambaConfig;
  readonly #weights: Weights;
  readonly #headNorms: Float64Array;
  readonly #states: State[];

  private constructor(config: MambaConfig, weights: Weights, sequences: number) {
    const { vocabSize, dModel } = config;
    const head = headWeight(config, weights);
    this.#config = config;
    this.#weights = weights;
    this.#headNorms = Float64Array.from({ length: vocabSize }, (_, i) =>
      norm(head.subarray(i * dModel, (i + 1) * dModel)),
    );
    this.#states = Array.from({ length: sequences }, () => zeroState(config));
  }

  /** @param weights before they are rounded to the dtype */
  static async create(config: MambaConfig, weights: Weights, dtype: WeightDtype, sequences: number) {
    return new ModelTruth(config, await heldWeights(config, memoryWeights(weights), dtype), sequences);
  }

  /** Reads ids after what the sequence has read. @returns the logits after the last one */
  read(sequence: number, ids: readonly number[]): TrueLogits {
    const before = this.#states[sequence]!;
    const { hidden, state } = mambaModelForward(this.#config, this.#weights, ids, { state: before });
    this.#states[sequence] = state;
    const last = hidden.slice(-this.#config.dModel);
    const size = norm(last);
    const value = mambaModelLogits(this.#config, this.#weights, last);
    return { value, scale: this.#headNorms.map((row) => row * size) };
  }

  /** What the sequences have read so far, as a value: {@link restore} continues there. */
  states(): readonly State[] {
    return [...this.#states];
  }

  restore(states: readonly State[]): void {
    this.#states.splice(0, states.length, ...states);
  }

  /** The states as {@link gatherStates} orders them. */
  expectedStates(): readonly Expected[] {
    const { nLayer, dInner, dState, dConv } = this.#config;
    const outer = { s: this.#states.length, layer: nLayer };
    const shapes = { convState: { ...outer, k: dConv - 1, d: dInner }, h: { ...outer, d: dInner, n: dState } };
    const tensors = this.#states.flatMap(({ layers }) => layers);
    return stateNames.map((name) => ({
      ...{ name, shape: shapes[name], value: gatherStates(this.#states, name) },
      scale: tensors.flatMap((layer) => {
        const most = layer[name].reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        return Array.from(layer[name], () => most);
      }),
    }));
  }
}

export const stateNames = ['convState', 'h'] as const satisfies readonly (keyof LayerState)[];

/** One tensor of all layers of all sequences. */
export function gatherStates(states: readonly State[], name: keyof LayerState): readonly number[] {
  return states.flatMap(({ layers }) => layers.flatMap((layer) => Array.from(layer[name])));
}

function norm(values: Floats): number {
  return Math.hypot(...values);
}
