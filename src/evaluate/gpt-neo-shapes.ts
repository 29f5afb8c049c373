/**
 * The shapes of the published GPT-Neo models, EleutherAI/gpt-neo-NAME, as their config.json files have them.
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';

const shapes = {
  'gpt-neo-125m': { hiddenSize: 768, nLayer: 12, nHead: 12 },
  'gpt-neo-1.3b': { hiddenSize: 2048, nLayer: 24, nHead: 16 },
  'gpt-neo-2.7b': { hiddenSize: 2560, nLayer: 32, nHead: 20 },
} as const;

export type GptNeoShapeName = keyof typeof shapes;

export const gptNeoShapeNames = Object.keys(shapes) as readonly GptNeoShapeName[];

/** The config of a published model: 2,048 positions, global and local layers in turn, a window of 256 tokens. */
export function namedGptNeoConfig(name: GptNeoShapeName): GptNeoConfig {
  const { hiddenSize, nLayer, nHead } = shapes[name];
  return {
    ...{ vocabSize: 50257, maxPositions: 2048, hiddenSize, nLayer, nHead, intermediateSize: 4 * hiddenSize },
    ...{ windowSize: 256, normEps: 1e-5 },
    attentionKinds: Array.from({ length: nLayer }, (_, i) => (i % 2 === 0 ? 'global' : 'local')),
  };
}
