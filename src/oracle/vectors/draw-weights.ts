/**
 * Weights of a small model for the vectors: seeded, exact in the narrow dtypes unless they are wide, none of them idle.
 */
import type { TensorSlot } from '../../checkpoint/index.ts';
import { tensorTable } from '../../checkpoint/index.ts';
import { softplusInverse } from '../../reference/softplus.ts';
import type { LayerWeights, MambaConfig, Weights } from '../../reference/types.ts';
import type { Random } from '../random.ts';
import { toGrid } from './grid.ts';

/** @param wide with all the bits of float32, which no narrower dtype holds */
export function drawWeights(config: MambaConfig, random: Random, wide = false): Weights {
  const model: Record<string, Float32Array> = {};
  const layers = Array.from({ length: config.nLayer }, (): Record<string, Float32Array> => ({}));
  for (const slot of tensorTable(config)) {
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    const length = slot.shape.reduce((product, size) => product * size, 1);
    place[slot.field] = Float32Array.from({ length }, (_, i) => {
      const weight = draw(slot, i, config, random);
      return wide ? weight : toGrid(weight);
    });
  }
  return { ...model, layers: layers as unknown as LayerWeights[] } as unknown as Weights; // the table has every field
}

/** Each kind of weight of its usual size: Δ log-uniform in [0.01, 1], A_log about log n, norms about 1. */
function draw({ field, shape }: TensorSlot, i: number, { dState }: MambaConfig, random: Random): number {
  const uniform = (2 * (random.word() + 0.5)) / 2 ** 32 - 1; // in (−1, 1)
  switch (field) {
    case 'D':
    case 'normWeight':
    case 'normFWeight':
      return 1 + uniform / 2;
    case 'aLog':
      return Math.log((i % dState) + 1) + uniform / 2;
    case 'dtProjBias':
      return softplusInverse(Math.exp(Math.LN10 * (uniform - 1)));
    case 'inProjBias':
    case 'outProjBias':
    case 'conv1dBias':
      return uniform / 4;
    case 'embeddingWeight':
      return uniform;
    default:
      return (uniform * 1.75) / Math.sqrt(shape[shape.length - 1]!); // the sum over a row is of its input's size
  }
}
