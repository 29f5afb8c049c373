/**
 * GPT-Neo as the engine runs it.
 */
import { gptNeoTable, rowsOf } from '../checkpoint/index.ts';
import { copyGptNeoState } from '../generation/copy-gpt-neo-state.ts';
import { expectGptNeoState } from '../generation/model-state.ts';
import type { GptNeoConfig, GptNeoLayerState } from '../reference/gpt-neo-types.ts';
import type { Architecture } from './architecture.ts';
import type { AttentionMethod } from './backend.ts';
import { capacityFor, keysLength, valuesLength } from './cache-layout.ts';
import { gptNeoRowLength } from './gpt-neo-layer.ts';
import { openGptNeoStage } from './gpt-neo-stage.ts';

export interface AttentionOptions {
  /** Default `eager`. */
  readonly attention?: AttentionMethod | undefined;
  /** Tokens that a KV cache has room for, default and at most the model's positions. */
  readonly positions?: number | undefined;
}

/** @throws RangeError when more positions are asked for than there are */
export function gptNeoArchitecture(config: GptNeoConfig, options: AttentionOptions = {}): Architecture {
  const { vocabSize, hiddenSize: width, intermediateSize, nLayer, nHead, normEps, maxPositions } = config;
  const { attention: method = 'eager', positions = maxPositions } = options;
  if (!(Number.isInteger(positions) && positions >= 1 && positions <= maxPositions)) {
    throw new RangeError(`"positions" expected an integer in 1…${maxPositions} (maxPositions), got ${positions}`);
  }
  const plan = { method, capacity: capacityFor(positions) };
  const sizes = { nHead, headDim: width / nHead, capacity: plan.capacity };
  return {
    ...{ config, vocabSize, width, nLayer, normEps, positions, tiedHead: true },
    embeddings: ['wteWeight', 'wpeWeight'],
    // The matrices, and q·k and p·v over half of the positions.
    layerWork: 4 * width * width + 2 * width * intermediateSize + width * positions,
    layerStateBytes: 4 * (keysLength(sizes) + valuesLength(sizes)),
    activationBytes: (rows) => 4 * rows * gptNeoRowLength(config, plan),
    slots: (layers = nLayer) => gptNeoTable({ ...config, nLayer: layers }),
    fieldOf: ({ field }) => field,
    readVector: (source, slot) => source.read(slot, 0, rowsOf(slot).rows),
    openStage: (backend, parts) => openGptNeoStage(backend, config, plan, parts),
    stateOf: (layers, position) => ({ position, layers: layers as readonly GptNeoLayerState[] }),
    layersOf: (state) => copyGptNeoState(config, expectGptNeoState(state)),
  };
}
