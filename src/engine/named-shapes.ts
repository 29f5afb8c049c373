/**
 * The shapes of the published models by name: Mamba-1's, state-spaces/mamba-NAME (paper, Table 12), and GPT-Neo's,
 * EleutherAI/NAME.
 */
import type { AttentionKind, GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { MambaConfig } from '../reference/types.ts';

const shapes = {
  '130m': { dModel: 768, nLayer: 24 },
  '370m': { dModel: 1024, nLayer: 48 },
  '790m': { dModel: 1536, nLayer: 48 },
  '1.4b': { dModel: 2048, nLayer: 48 },
  '2.8b': { dModel: 2560, nLayer: 64 },
} as const;

export type ShapeName = keyof typeof shapes;

export const shapeNames = Object.keys(shapes) as readonly ShapeName[];

export function isShapeName(name: string): name is ShapeName {
  return Object.hasOwn(shapes, name);
}

/** The config of a published model: 50,277 tokens padded to 50,280 rows, expand 2, dState 16, dConv 4. */
export function namedConfig(name: ShapeName): MambaConfig {
  const { dModel, nLayer } = shapes[name];
  return {
    ...{ vocabSize: 50280, dModel, nLayer, dInner: 2 * dModel, dState: 16, dConv: 4, dtRank: Math.ceil(dModel / 16) },
    ...{ normEps: 1e-5, useBias: false, useConvBias: true, tieWordEmbeddings: true },
  };
}

const gptNeoShapes = {
  'gpt-neo-125m': { hiddenSize: 768, nLayer: 12, nHead: 12 },
  'gpt-neo-1.3b': { hiddenSize: 2048, nLayer: 24, nHead: 16 },
  'gpt-neo-2.7b': { hiddenSize: 2560, nLayer: 32, nHead: 20 },
} as const;

export type GptNeoShapeName = keyof typeof gptNeoShapes;

export const gptNeoShapeNames = Object.keys(gptNeoShapes) as readonly GptNeoShapeName[];

export function isGptNeoShapeName(name: string): name is GptNeoShapeName {
  return Object.hasOwn(gptNeoShapes, name);
}

/** The config of a published GPT-Neo: 50,257 tokens, 2,048 positions, every other layer local with a window of 256. */
export function namedGptNeoConfig(name: GptNeoShapeName): GptNeoConfig {
  const { hiddenSize, nLayer, nHead } = gptNeoShapes[name];
  const kindOf = (layer: number): AttentionKind => (layer % 2 === 0 ? 'global' : 'local');
  return {
    ...{ vocabSize: 50257, maxPositions: 2048, hiddenSize, nLayer, nHead, intermediateSize: 4 * hiddenSize },
    ...{ windowSize: 256, attentionKinds: Array.from({ length: nLayer }, (_, i) => kindOf(i)), normEps: 1e-5 },
  };
}
