/**
 * Adam (Kingma & Ba, arXiv:1412.6980, Algorithm 1) on a Weights record.
 */
import type { Weights } from '../../../src/reference/types.ts';

export interface Adam {
  /** Moves the weights in place, against the gradients. */
  update(dWeights: Weights, learningRate: number): void;
}

export function createAdam(weights: Weights): Adam {
  const parameters = arraysOf(weights);
  const m = parameters.map((p) => new Float64Array(p.length));
  const v = parameters.map((p) => new Float64Array(p.length));
  const [beta1, beta2, eps] = [0.9, 0.99, 1e-8];
  let correction1 = 1;
  let correction2 = 1;
  return {
    update(dWeights, learningRate) {
      correction1 *= beta1;
      correction2 *= beta2;
      arraysOf(dWeights).forEach((gradient, p) => {
        for (let i = 0; i < gradient.length; i++) {
          const g = gradient[i]!;
          m[p]![i] = beta1 * m[p]![i]! + (1 - beta1) * g;
          v[p]![i] = beta2 * v[p]![i]! + (1 - beta2) * g * g;
          const step = m[p]![i]! / (1 - correction1) / (Math.sqrt(v[p]![i]! / (1 - correction2)) + eps);
          parameters[p]![i]! -= learningRate * step;
        }
      });
    },
  };
}

/** All arrays of a Weights record, in the order of its keys: weights and their gradients line up. */
export function arraysOf(weights: Weights): Float64Array[] {
  const { embeddingWeight, layers, normFWeight, lmHeadWeight } = weights;
  const named = layers.flatMap((layer) =>
    Object.entries(layer)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, array]) => array),
  );
  return [embeddingWeight, ...named, normFWeight, ...(lmHeadWeight ? [lmHeadWeight] : [])] as Float64Array[];
}
