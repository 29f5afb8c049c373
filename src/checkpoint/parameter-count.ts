/**
 * How many parameters a model has, from its sizes alone.
 */
import type { MambaConfig } from '../reference/types.ts';

/**
 * Counts the parameters of a model, a tied head once.
 *
 *   total = V·d + nLayer·layer + d      (+ V·d when the head is untied)
 *   layer = 2·d·I + I·W + I + I·(R + 2N) + R·I + I + I·N + I + I·d + d
 *           inProj  conv1d    xProj        dtProj    aLog  D   outProj norm
 *           (+ 2·I + d with useBias, − I without a bias of the convolution)
 *
 * with V = vocabSize, d = dModel, I = dInner, W = dConv, R = dtRank, N = dState.
 * Exact while it stays below 2^53.
 */
export function parameterCount(config: MambaConfig): number {
  const { vocabSize: V, dModel: d, nLayer, dInner: I, dState: N, dConv: W, dtRank: R } = config;
  const conv1d = I * W + (config.useConvBias ? I : 0);
  const biases = config.useBias ? 2 * I + d : 0;
  const layer = 2 * d * I + conv1d + I * (R + 2 * N) + R * I + I + I * N + I + I * d + d + biases;
  const head = config.tieWordEmbeddings ? 0 : V * d;
  return V * d + nLayer * layer + d + head;
}
