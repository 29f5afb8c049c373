/**
 * How far the reference's logits move when its weights are off by an ulp: norms of width 1 and logits that cancel make some
 * small models as sensitive as one likes, so that this is the yardstick of what a device computes.
 */
import { mambaModelForward, mambaModelLogits } from '../../src/reference/mamba-model.ts';
import type { Floats, MambaConfig, Weights } from '../../src/reference/types.ts';

/** The logits after the last id. */
export function referenceLogits(config: MambaConfig, weights: Weights, ids: readonly number[]): Float64Array {
  const { hidden } = mambaModelForward(config, weights, ids);
  return mambaModelLogits(config, weights, hidden).slice(-config.vocabSize);
}

export interface Judged {
  /** Largest distance from the reference. */
  readonly error: number;
  /** How far the reference moves at most, of four tries. */
  readonly yardstick: number;
  /** The largest logit. */
  readonly scale: number;
}

export function judgeLogits({ config, weights, ids, seed }: ReferenceRun, logits: ArrayLike<number>): Judged {
  const expected = referenceLogits(config, weights, ids);
  const moved = [1, 2, 3, 4].map((k) => referenceLogits(config, nudged(weights, 77 * seed + k), ids));
  return {
    error: distance(logits, expected),
    yardstick: Math.max(...moved.map((other) => distance(other, expected))),
    scale: Math.max(...expected.map(Math.abs)),
  };
}

export interface ReferenceRun {
  readonly config: MambaConfig;
  readonly weights: Weights;
  readonly ids: readonly number[];
  readonly seed: number;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const distances = Array.from(b, (value, i) => Math.abs(value - a[i]!));
  return distances.some(Number.isNaN) ? Number.NaN : Math.max(...distances);
}

/** Each off by up to one unit of float32's last place. */
function nudged(weights: Weights, seed: number): Weights {
  let state = seed;
  const nudge = (numbers: Floats) =>
    Float64Array.from(numbers, (value) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return value * (1 + (state / 2 ** 30 - 1) * 2 ** -23);
    });
  return mapTensors(weights, nudge);
}

/** The same weights with other numbers in every tensor. */
export function mapTensors(weights: Weights, map: (numbers: Floats) => unknown): Weights {
  const all = (tensors: object): object =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, value]) => [name, ArrayBuffer.isView(value) ? map(value as Floats) : value]),
    ) as object;
  return { ...all(weights), layers: weights.layers.map(all) } as unknown as Weights;
}
