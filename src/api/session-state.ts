/**
 * A model's state as tensors of a session's file, and back.
 */
import { readTensor } from '../checkpoint/read-tensor.ts';
import type { Safetensors } from '../checkpoint/safetensors.ts';
import type { WritableTensor } from '../checkpoint/write-safetensors.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import { isGptNeoConfig } from '../engine/architecture.ts';
import type { ModelState } from '../generation/model-state.ts';
import { expectGptNeoState, expectMambaState } from '../generation/model-state.ts';
import type { GptNeoLayerState } from '../reference/gpt-neo-types.ts';
import type { LayerState } from '../reference/types.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The tensors of one layer: Mamba's states, or as many keys and values as tokens were read. */
function shapesOf(config: ModelConfig, read: number): Shapes {
  if (isGptNeoConfig(config)) return { k: [read, config.hiddenSize], v: [read, config.hiddenSize] };
  const { dConv, dInner, dState } = config;
  return { convState: [dConv - 1, dInner], h: [dInner, dState] };
}

/** @throws RangeError when the state is of another kind of model */
export function stateTensors(config: ModelConfig, state: ModelState, read: number): WritableTensor[] {
  const { layers } = isGptNeoConfig(config) ? expectGptNeoState(state) : expectMambaState(state);
  const shapes = Object.entries(shapesOf(config, read));
  return layers.flatMap((layer: LayerState | GptNeoLayerState, i: number) =>
    shapes.map(([field, shape]) => {
      const data = (layer as unknown as Readonly<Record<string, Float64Array>>)[field]!;
      return { name: `layers.${i}.${field}`, shape, data };
    }),
  );
}

export async function readState(file: Safetensors, config: ModelConfig, read: number): Promise<ModelState> {
  const layers: Record<string, Float64Array>[] = [];
  for (let i = 0; i < config.nLayer; i++) {
    const layer: Record<string, Float64Array> = {};
    for (const field of Object.keys(shapesOf(config, read))) {
      layer[field] = (await readTensor(file, `layers.${i}.${field}`)) as Float64Array;
    }
    layers.push(layer);
  }
  const kept: unknown = isGptNeoConfig(config) ? { position: read, layers } : { layers };
  return kept as ModelState; // the shapes have an entry for every field
}
