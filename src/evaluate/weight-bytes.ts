/**
 * What the weights of a model occupy, by dtype, as this project's engine holds them.
 */
import { gptNeoParameterCount, parameterCount } from '../checkpoint/index.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { architectureOf } from '../engine/model-architecture.ts';
import { weightBytes } from '../engine/resident-bytes.ts';
import type { ModelShape } from './model-shape.ts';

export function parametersOf(shape: ModelShape): number {
  return shape.kind === 'mamba' ? parameterCount(shape.config) : gptNeoParameterCount(shape.config);
}

/**
 * Bytes of all weights, a tied head once: matrices in the dtype, everything else (convolution, A, D, positions, norms,
 * biases) in float32. q8_0 has a float32 scale for each 32 numbers; a matrix whose rows are no whole blocks stays float32.
 */
export function residentWeightBytes({ config }: ModelShape, dtype: WeightDtype): number {
  const { slots, nLayer } = architectureOf(config);
  let bytes = 0;
  // All layers have the same sizes, so the first one counts for all.
  for (const slot of slots(Math.min(1, nLayer))) {
    bytes += (slot.layer === undefined ? 1 : nLayer) * weightBytes(slot, dtype);
  }
  return bytes;
}
