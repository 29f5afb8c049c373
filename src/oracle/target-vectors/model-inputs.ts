/**
 * The config and the weights that a case of blocks or models holds, in the reference's words.
 */
import type { LayerWeights, MambaConfig, Weights } from '../../reference/types.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import { floatsOf } from './vector-run.ts';

export function configOf({ parameters }: VectorCase): MambaConfig {
  return parameters as unknown as MambaConfig;
}

/** @param prefix `layers.0.` in a model, nothing in a block */
export function layerOf(one: VectorCase, prefix = ''): LayerWeights {
  const named = Object.entries(floatsOf(one)).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, data]) => [name.slice(prefix.length), data])) as unknown as LayerWeights;
}

export function weightsOf(one: VectorCase): Weights {
  const { embeddingWeight, normFWeight, lmHeadWeight } = floatsOf(one);
  const layers = Array.from({ length: configOf(one).nLayer }, (_, i) => layerOf(one, `layers.${i}.`));
  const weights = { embeddingWeight: embeddingWeight!, layers, normFWeight: normFWeight! };
  return lmHeadWeight === undefined ? weights : { ...weights, lmHeadWeight };
}
