/**
 * Configs of models with a handful of weights, every switch in both positions.
 */
import fc from 'fast-check';
import type { MambaConfig } from '../../src/reference/types.ts';

const size = fc.integer({ min: 1, max: 3 });

export const smallConfig: fc.Arbitrary<MambaConfig> = fc.record({
  vocabSize: size,
  dModel: size,
  nLayer: size,
  dInner: size,
  dState: size,
  dConv: size,
  dtRank: size,
  normEps: fc.constant(1e-5),
  useBias: fc.boolean(),
  useConvBias: fc.boolean(),
  tieWordEmbeddings: fc.boolean(),
});
