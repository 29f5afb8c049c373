/**
 * What the weights of a model occupy, by dtype, as this project's engine holds them.
 */
import type { GptNeoSlot } from '../checkpoint/index.ts';
import { gptNeoParameterCount, gptNeoTable, parameterCount, rowsOf, tensorTable } from '../checkpoint/index.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { blockLength, bytesPerNumber, weightBytes } from '../engine/resident-bytes.ts';
import type { ModelShape } from './model-shape.ts';

export function parametersOf(shape: ModelShape): number {
  return shape.kind === 'mamba' ? parameterCount(shape.config) : gptNeoParameterCount(shape.config);
}

/**
 * Bytes of all weights, a tied head once: matrices in the dtype, everything else (convolution, A, D, positions, norms,
 * biases) in float32. q8_0 has a float32 scale for each 32 numbers; a matrix whose rows are no whole blocks stays float32.
 */
export function residentWeightBytes(shape: ModelShape, dtype: WeightDtype): number {
  let bytes = 0;
  // All layers have the same sizes, so the first one counts for all.
  const nLayer = Math.min(1, shape.config.nLayer);
  const layers = (layer: number | undefined) => (layer === undefined ? 1 : shape.config.nLayer);
  if (shape.kind === 'mamba') {
    for (const slot of tensorTable({ ...shape.config, nLayer })) bytes += layers(slot.layer) * weightBytes(slot, dtype);
    return bytes;
  }
  for (const slot of gptNeoTable({ ...shape.config, nLayer })) {
    bytes += layers(slot.layer) * gptNeoWeightBytes(slot, dtype);
  }
  return bytes;
}

const matrixFields: ReadonlySet<string> = new Set([
  ...['wteWeight', 'qProjWeight', 'kProjWeight', 'vProjWeight', 'outProjWeight', 'fcWeight', 'projWeight'],
]);

function gptNeoWeightBytes(slot: GptNeoSlot, dtype: WeightDtype): number {
  const { rows, width } = rowsOf(slot);
  const whole = dtype !== 'q8_0' || width % blockLength === 0;
  return rows * width * bytesPerNumber[matrixFields.has(slot.field) && whole ? dtype : 'f32'];
}
