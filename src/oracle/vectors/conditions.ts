/**
 * How sensitive a block or a model is: the reference runs a few times more on numbers that are each moved by at most
 * u = 2^−24 of themselves, as one rounding would move them. What that moves an output by, at most, is the measure of its
 * budget; a norm that divides by next to nothing then has the wide budget that it needs, and no other case has it.
 */
import type { Floats, LayerWeights, Weights } from '../../reference/types.ts';
import { u } from '../operation.ts';
import type { Random } from '../random.ts';

/** Each number times 1 + ε, |ε| ≤ u. */
export type Nudge = (data: Floats) => Float64Array;

export type Run = (nudge: Nudge) => Readonly<Record<string, Floats>>;

const runs = 6;

/** The outputs by name of some runs whose operands are nudged, for {@link conditioned}. */
export function nudgedRuns(random: Random, run: Run): readonly Readonly<Record<string, Floats>>[] {
  return [...runsOneByOne(random, run)];
}

/** The same, for who wants to do something else between two runs. */
export function* runsOneByOne(random: Random, run: Run): Generator<Readonly<Record<string, Floats>>> {
  const nudge: Nudge = (data) => Float64Array.from(data, (v) => v * (1 + u * (random.word() / 2 ** 31 - 1)));
  for (let i = 0; i < runs; i++) yield run(nudge);
}

/** The scale, times the largest move of any element in units of u·scale, or times 1 where all moved less. */
export function conditioned(scale: Float64Array, value: Floats, nudged: readonly (Floats | undefined)[]): Float64Array {
  let most = 1;
  for (const other of nudged) {
    value.forEach((v, i) => {
      if (scale[i]! > 0) most = Math.max(most, Math.abs(other![i]! - v) / (u * scale[i]!));
    });
  }
  return scale.map((size) => most * size);
}

export function nudgedLayer(layer: LayerWeights, nudge: Nudge): LayerWeights {
  const entries = Object.entries(layer).map(([name, data]) => [name, nudge(data as Floats)]);
  return Object.fromEntries(entries) as unknown as LayerWeights;
}

export function nudgedWeights({ layers, ...rest }: Weights, nudge: Nudge): Weights {
  const entries = Object.entries(rest).map(([name, data]) => [name, nudge(data)]);
  return { ...Object.fromEntries(entries), layers: layers.map((layer) => nudgedLayer(layer, nudge)) } as Weights;
}
