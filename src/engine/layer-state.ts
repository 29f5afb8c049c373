/**
 * What the layers remember of a sequence: on their devices, and as a value.
 */
import { copyState } from '../generation/copy-state.ts';
import type { LayerState, MambaConfig, State } from '../reference/types.ts';
import type { Backend } from './backend.ts';
import type { DeviceLayerState } from './layer.ts';
import type { Stage } from './stage.ts';

/** Numbers of one sequence's convState and h. */
function stateSizes({ dInner, dState, dConv }: MambaConfig): { readonly conv: number; readonly h: number } {
  return { conv: (dConv - 1) * dInner, h: dInner * dState };
}

export function stateCells(backend: Backend, config: MambaConfig, sequences: number): DeviceLayerState {
  const { conv, h } = stateSizes(config);
  return { convState: backend.floats('convState', sequences * conv), h: backend.floats('h', sequences * h) };
}

/** The state of one sequence, as a value. */
export async function readState(stages: readonly Stage[], config: MambaConfig, sequence: number): Promise<State> {
  const { conv, h } = stateSizes(config);
  const layers: LayerState[] = [];
  for (const { backend, states } of stages) {
    for (const cells of states) {
      layers.push({
        convState: Float64Array.from(await backend.read(cells.convState, sequence * conv, conv)),
        h: Float64Array.from(await backend.read(cells.h, sequence * h, h)),
      });
    }
  }
  return { layers };
}

/**
 * Rounding: to float32, exact for what {@link readState} gave.
 * @throws RangeError when the state is not one of this config
 */
export function writeState(stages: readonly Stage[], config: MambaConfig, sequence: number, state: State): void {
  const { layers } = copyState(config, state);
  const { conv, h } = stateSizes(config);
  for (const { backend, states, from } of stages) {
    for (const [i, cells] of states.entries()) {
      const layer = layers[from + i]!;
      backend.write(cells.convState, Float32Array.from(layer.convState), sequence * conv);
      backend.write(cells.h, Float32Array.from(layer.h), sequence * h);
    }
  }
}

/** The state before the first token. */
export function clearState(stages: readonly Stage[], config: MambaConfig, sequence: number): void {
  const { conv, h } = stateSizes(config);
  for (const { backend, states } of stages) {
    for (const cells of states) {
      backend.write(cells.convState, new Float32Array(conv), sequence * conv);
      backend.write(cells.h, new Float32Array(h), sequence * h);
    }
  }
}
