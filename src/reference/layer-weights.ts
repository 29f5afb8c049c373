/**
 * The guard of one layer's weights: a wrong one is refused by its own name, before any arithmetic.
 */
import { expectOptionalShape, expectPresence, expectShape } from './shapes.ts';
import type { LayerWeights, MambaConfig } from './types.ts';

/**
 * Every weight of the block has its shape, and a bias is there exactly if the config says so.
 * @throws RangeError `"aLog" expected length 18 (dInner 6 × dState 3), got 17`
 */
export function checkLayerWeights(config: MambaConfig, weights: LayerWeights): void {
  const { dModel, dInner, dState, dConv, dtRank, useBias, useConvBias } = config;
  const width = dtRank + 2 * dState;
  expectShape('inProjWeight', weights.inProjWeight, { '2·dInner': 2 * dInner, dModel });
  expectShape('conv1dWeight', weights.conv1dWeight, { dInner, dConv });
  expectShape('xProjWeight', weights.xProjWeight, { 'dtRank + 2·dState': width, dInner });
  expectShape('dtProjWeight', weights.dtProjWeight, { dInner, dtRank });
  expectShape('dtProjBias', weights.dtProjBias, { dInner });
  expectShape('aLog', weights.aLog, { dInner, dState });
  expectShape('D', weights.D, { dInner });
  expectShape('outProjWeight', weights.outProjWeight, { dModel, dInner });
  expectPresence('inProjBias', weights.inProjBias, { useBias });
  expectPresence('conv1dBias', weights.conv1dBias, { useConvBias });
  expectPresence('outProjBias', weights.outProjBias, { useBias });
  expectOptionalShape('inProjBias', weights.inProjBias, { '2·dInner': 2 * dInner });
  expectOptionalShape('conv1dBias', weights.conv1dBias, { dInner });
  expectOptionalShape('outProjBias', weights.outProjBias, { dModel });
}
