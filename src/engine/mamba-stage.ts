/**
 * Mamba's layers on one device, with their states.
 */
import type { LayerState, MambaConfig } from '../reference/types.ts';
import type { StageParts, StageRun } from './architecture.ts';
import type { Backend, Matrix } from './backend.ts';
import { viewOf } from './backend.ts';
import type { DeviceLayer, DeviceLayerState, WorkCells } from './layer.ts';
import { enqueueLayer, workCells } from './layer.ts';
import { clearStates, readStates, stateCells, writeStates } from './layer-state.ts';
import { visitLayer } from './visit.ts';

export function openMambaStage(backend: Backend, config: MambaConfig, parts: StageParts): StageRun {
  const { from, model, sequences, rows } = parts;
  const layers = parts.layers as unknown as readonly DeviceLayer[]; // the table has an entry for every field
  const states = layers.map(() => stateCells(backend, config, sequences));
  const kept = { backend, config, states };
  const work = workCells(backend, config, rows);
  const step = stepLayerOf(backend, config, layers, states, work);
  return {
    residual: work.residual,
    carried: states.flatMap(({ convState, h }) => [convState, h]).filter(({ length }) => length > 0),
    embed(ids, count) {
      const out = viewOf(work.residual, config.dModel);
      backend.embed({ out, ids, weight: model.embeddingWeight as Matrix, rows: count });
    },
    enqueueLayer: (i, layout) => enqueueLayer(backend, config, layers[i]!, states[i]!, work, layout),
    ...(step && { stepLayer: step }),
    visit: (i, count, see) => visitLayer({ backend, work }, config, { layer: from + i, rows: count }, see),
    readStates: (sequence) => readStates(kept, sequence),
    writeStates: (sequence, values) => writeStates(kept, sequence, values as readonly LayerState[]),
    clearStates: (sequence) => clearStates(kept, sequence),
  };
}

/** Where the device has {@link Backend.stepLayer}, and the layers are what that computes. */
function stepLayerOf(
  backend: Backend,
  config: MambaConfig,
  layers: readonly DeviceLayer[],
  states: readonly DeviceLayerState[],
  { residual }: WorkCells,
): StageRun['stepLayer'] {
  const plain = layers.every(({ inProjBias }) => inProjBias === undefined) && config.mixerRmsEps === undefined;
  if (backend.stepLayer === undefined || !plain || config.dState === 0) return undefined;
  const sizes = { ...config, eps: config.normEps, discretization: config.discretization ?? 'mamba' };
  return (i, sequences) => backend.stepLayer!({ ...layers[i]!, ...states[i]!, residual, sequences, ...sizes });
}
