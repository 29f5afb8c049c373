/**
 * The shapes of the published Mamba-1 models, state-spaces/mamba-NAME (paper, Table 12).
 */
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
