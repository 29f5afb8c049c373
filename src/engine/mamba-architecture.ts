/**
 * Mamba as the engine runs it.
 */
import type { WeightPlace, WeightSource } from '../checkpoint/index.ts';
import { rowsOf, tensorTable } from '../checkpoint/index.ts';
import { copyState } from '../generation/copy-state.ts';
import { expectMambaState } from '../generation/model-state.ts';
import type { LayerState, LayerWeights, MambaConfig } from '../reference/types.ts';
import type { Architecture } from './architecture.ts';
import { UnsupportedError } from './errors.ts';
import { openMambaStage } from './mamba-stage.ts';
import { activationBytes, layerStateBytes } from './resident-bytes.ts';

/** @throws UnsupportedError for a time-invariant config */
export function mambaArchitecture(config: MambaConfig): Architecture {
  if (config.selective === false) {
    throw new UnsupportedError('the time-invariant variant (selective: false) runs on --backend reference only');
  }
  const { vocabSize, dModel, dInner, nLayer, normEps, tieWordEmbeddings } = config;
  return {
    ...{ config, vocabSize, width: dModel, nLayer, normEps, tiedHead: tieWordEmbeddings },
    embeddings: ['embeddingWeight'],
    layerWork: 3 * dModel * dInner, // the two large projections
    layerStateBytes: layerStateBytes(config),
    activationBytes: (rows) => activationBytes(config, rows),
    slots: (layers = nLayer) => namedSlots({ ...config, nLayer: layers }),
    fieldOf: ({ field }) => (field === 'aLog' ? 'A' : field),
    readVector: (source, slot) => readVector(config, source, slot),
    openStage: (backend, parts) => openMambaStage(backend, config, parts),
    stateOf: (layers) => ({ layers: layers as readonly LayerState[] }),
    layersOf: (state) => ({ ...copyState(config, expectMambaState(state)), position: 0 }),
  };
}

function* namedSlots(config: MambaConfig) {
  for (const slot of tensorTable(config)) yield { ...slot, name: slot.names[0]! };
}

/** A = −exp(aLog), rounded once, or A as the source holds it; the convolution's weight taps first. */
async function readVector(config: MambaConfig, source: WeightSource, slot: WeightPlace): Promise<Float32Array> {
  const { rows } = rowsOf(slot);
  if (slot.field === ('aLog' satisfies keyof LayerWeights)) {
    if (source.readA !== undefined) return source.readA(slot, 0, rows);
    return (await source.read(slot, 0, rows)).map((value) => -Math.exp(value));
  }
  const numbers = await source.read(slot, 0, rows);
  return slot.field === ('conv1dWeight' satisfies keyof LayerWeights) ? tapsFirst(config, numbers) : numbers;
}

/** (dInner, dConv) as (dConv, dInner), as devices have a convolution's weight. */
export function tapsFirst(
  { dInner, dConv }: Pick<MambaConfig, 'dInner' | 'dConv'>,
  numbers: Float32Array,
): Float32Array {
  return numbers.map((_, i) => numbers[(i % dInner) * dConv + Math.floor(i / dInner)]!);
}
