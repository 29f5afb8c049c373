/**
 * What Mamba's layers remember of a sequence: on their device, and as values.
 */
import type { LayerState, MambaConfig } from '../reference/types.ts';
import type { Backend } from './backend.ts';
import type { DeviceLayerState } from './layer.ts';

/** Numbers of one sequence's convState and h. */
function stateSizes({ dInner, dState, dConv }: MambaConfig): { readonly conv: number; readonly h: number } {
  return { conv: (dConv - 1) * dInner, h: dInner * dState };
}

export function stateCells(backend: Backend, config: MambaConfig, sequences: number): DeviceLayerState {
  const { conv, h } = stateSizes(config);
  return { convState: backend.floats('convState', sequences * conv), h: backend.floats('h', sequences * h) };
}

/** The layers' states on one device. */
export interface MambaStates {
  readonly backend: Backend;
  readonly config: MambaConfig;
  readonly states: readonly DeviceLayerState[];
}

/** Those of one sequence, as values. */
export async function readStates(
  { backend, config, states }: MambaStates,
  sequence: number,
): Promise<readonly LayerState[]> {
  const { conv, h } = stateSizes(config);
  const layers: LayerState[] = [];
  for (const cells of states) {
    layers.push({
      convState: Float64Array.from(await backend.read(cells.convState, sequence * conv, conv)),
      h: Float64Array.from(await backend.read(cells.h, sequence * h, h)),
    });
  }
  return layers;
}

/** Rounding: to float32, exact for what {@link readStates} gave. */
export function writeStates(
  { backend, config, states }: MambaStates,
  sequence: number,
  layers: readonly LayerState[],
): void {
  const { conv, h } = stateSizes(config);
  for (const [i, cells] of states.entries()) {
    backend.write(cells.convState, Float32Array.from(layers[i]!.convState), sequence * conv);
    backend.write(cells.h, Float32Array.from(layers[i]!.h), sequence * h);
  }
}

/** The states before the first token. */
export function clearStates({ backend, config, states }: MambaStates, sequence: number): void {
  const { conv, h } = stateSizes(config);
  for (const cells of states) {
    backend.write(cells.convState, new Float32Array(conv), sequence * conv);
    backend.write(cells.h, new Float32Array(h), sequence * h);
  }
}
