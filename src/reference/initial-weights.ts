/**
 * Weights to start training from, as upstream draws them (paper, §3.6 and state-spaces/mamba's Mamba and MixerModel).
 */
import { softplusInverse } from './softplus.ts';
import type { LayerWeights, MambaConfig, Weights } from './types.ts';

/**
 * Draws the weights of a model.
 *
 *   linear weights and the convolution   U(±1/√fanIn)          out projections further divided by √nLayer
 *   dtProjWeight                          U(±1/√dtRank)
 *   dtProjBias                            softplus⁻¹(Δ), Δ log-uniform in [0.001, 0.1], at least 1e-4
 *   aLog                                  log(1 … dState) in every channel: S4D-Real
 *   D, norms 1; linear biases 0; embedding N(0, 0.02²)
 *
 * @param random uniform numbers in [0, 1); the order of the draws is the order of the fields
 */
export function initialWeights(config: MambaConfig, random: () => number): Weights {
  const { vocabSize, dModel, nLayer, tieWordEmbeddings } = config;
  return {
    embeddingWeight: draw(vocabSize * dModel, () => 0.02 * normal(random)),
    layers: Array.from({ length: nLayer }, () => initialLayer(config, random)),
    normFWeight: draw(dModel, () => 1),
    ...(!tieWordEmbeddings && { lmHeadWeight: uniform(vocabSize * dModel, 1 / Math.sqrt(dModel), random) }),
  };
}

function initialLayer(config: MambaConfig, random: () => number): LayerWeights {
  const { dModel, dInner, dState, dConv, dtRank, nLayer, useBias, useConvBias } = config;
  const width = dtRank + 2 * dState;
  const convBound = 1 / Math.sqrt(dConv); // depthwise: each output reads dConv inputs
  return {
    normWeight: draw(dModel, () => 1),
    inProjWeight: uniform(2 * dInner * dModel, 1 / Math.sqrt(dModel), random),
    ...(useBias && { inProjBias: draw(2 * dInner, () => 0) }),
    conv1dWeight: uniform(dInner * dConv, convBound, random),
    ...(useConvBias && { conv1dBias: uniform(dInner, convBound, random) }),
    xProjWeight: uniform(width * dInner, 1 / Math.sqrt(dInner), random),
    dtProjWeight: uniform(dInner * dtRank, 1 / Math.sqrt(dtRank), random),
    dtProjBias: draw(dInner, () => softplusInverse(initialStepSize(random))),
    aLog: Float64Array.from({ length: dInner * dState }, (_, i) => Math.log(1 + (i % dState))),
    D: draw(dInner, () => 1),
    outProjWeight: uniform(dModel * dInner, 1 / Math.sqrt(dInner * nLayer), random),
    ...(useBias && { outProjBias: draw(dModel, () => 0) }),
  };
}

/** Δ log-uniform in [0.001, 0.1]. */
function initialStepSize(random: () => number): number {
  const low = Math.log(0.001);
  const high = Math.log(0.1);
  return Math.max(Math.exp(low + random() * (high - low)), 1e-4);
}

/** A standard normal number by Box and Muller, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function uniform(length: number, bound: number, random: () => number): Float64Array {
  return draw(length, () => bound * (2 * random() - 1));
}

function draw(length: number, value: () => number): Float64Array {
  return Float64Array.from({ length }, value);
}
