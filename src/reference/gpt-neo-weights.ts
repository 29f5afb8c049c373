/**
 * The guards of GPT-Neo's weights: a wrong one is refused by its own name, before any arithmetic.
 */
import type { GptNeoConfig, GptNeoLayerWeights, GptNeoWeights } from './gpt-neo-types.ts';
import { expectShape } from './shapes.ts';

/** @throws RangeError `"qProjWeight" expected length 16 (out 4 × in 4), got 15` */
export function checkGptNeoLayerWeights(config: GptNeoConfig, weights: GptNeoLayerWeights): void {
  const { hiddenSize, intermediateSize } = config;
  for (const name of ['ln1Weight', 'ln1Bias', 'outProjBias', 'ln2Weight', 'ln2Bias', 'projBias'] as const) {
    expectShape(name, weights[name], { hiddenSize });
  }
  for (const name of ['qProjWeight', 'kProjWeight', 'vProjWeight', 'outProjWeight'] as const) {
    expectShape(name, weights[name], { out: hiddenSize, in: hiddenSize });
  }
  expectShape('fcWeight', weights.fcWeight, { intermediateSize, hiddenSize });
  expectShape('fcBias', weights.fcBias, { intermediateSize });
  expectShape('projWeight', weights.projWeight, { hiddenSize, intermediateSize });
}

/** The weights outside of the layers, and how many layers there are. @throws RangeError as above */
export function checkGptNeoWeights(config: GptNeoConfig, weights: GptNeoWeights): void {
  const { vocabSize, maxPositions, hiddenSize, nLayer } = config;
  for (const [name, { length }] of [
    ['weights.layers', weights.layers],
    ['attentionKinds', config.attentionKinds],
  ] as const) {
    if (length !== nLayer) throw new RangeError(`"${name}" expected ${nLayer} layers (nLayer), got ${length}`);
  }
  expectShape('wteWeight', weights.wteWeight, { vocabSize, hiddenSize });
  expectShape('wpeWeight', weights.wpeWeight, { maxPositions, hiddenSize });
  expectShape('lnFWeight', weights.lnFWeight, { hiddenSize });
  expectShape('lnFBias', weights.lnFBias, { hiddenSize });
}
