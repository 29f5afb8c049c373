/**
 * Gradients of the whole model: what a training step needs.
 */
import { crossEntropy, crossEntropyBackward } from './cross-entropy.ts';
import { embedding, embeddingBackward } from './embedding.ts';
import { linearBackward } from './linear.ts';
import { mambaBlock } from './mamba-block.ts';
import { mambaBlockBackward } from './mamba-block-backward.ts';
import type { ModelOptions } from './mamba-model.ts';
import {
  expectLayers,
  headWeight,
  layerOptions,
  mambaModelForward,
  mambaModelLogits,
  normDims,
} from './mamba-model.ts';
import { rmsNorm, rmsNormBackward } from './rms-norm.ts';
import type { Floats, LayerState, LayerWeights, MambaConfig, State, Weights } from './types.ts';

/** What comes back from the loss and from later tokens. */
export interface ModelUpstream {
  readonly dLogits: Floats; // (seqLen, vocabSize)
  readonly dState?: State | undefined; // by the returned state, default 0
}

export interface ModelGradients {
  /** By each weight, shaped as the weights. A tied embedding collects both of its roles. */
  readonly dWeights: Weights;
  /** By the state the model started from. */
  readonly dState: State;
}

/**
 * Gradients of `mambaModelLogits(mambaModelForward(ids, options))` by the weights and the initial state.
 *
 * Keeps the residual stream before each layer, (nLayer, seqLen, dModel), and computes the rest once more on the way
 * back.
 *
 * @param ids token ids (seqLen), with the options of the forward pass (a trace sees the blocks of that pass once more)
 * @throws RangeError when a length or a count of layers does not fit
 */
export function mambaModelBackward(
  config: MambaConfig,
  weights: Weights,
  { ids, ...options }: ModelOptions & { readonly ids: ArrayLike<number> },
  upstream: ModelUpstream,
): ModelGradients {
  const { dModel, vocabSize } = config;
  const rows = ids.length;
  const dims = normDims(config, rows);
  expectLayers(config, {
    'weights.layers': weights.layers,
    'state.layers': options.state?.layers,
    'dState.layers': upstream.dState?.layers,
  });

  // Forward, keeping what each layer read.
  const residuals = [embedding(config, ids, weights.embeddingWeight)];
  weights.layers.forEach((layer, i) => {
    const residual = residuals[i]!;
    const normed = rmsNorm(dims, residual, layer.normWeight);
    const { out } = mambaBlock(config, layer, normed, layerOptions(options, i));
    residuals.push(residual.map((r, j) => r + out[j]!));
  });
  const last = residuals[weights.layers.length]!;
  const hidden = rmsNorm(dims, last, weights.normFWeight);

  // logits = head·hidden; hidden = rmsNorm(last)
  const headDims = { rows, dIn: dModel, dOut: vocabSize };
  const head = linearBackward(headDims, hidden, headWeight(config, weights), upstream.dLogits);
  const normF = rmsNormBackward(dims, last, weights.normFWeight, head.dX);

  // Each layer: residual + mambaBlock(rmsNorm(residual))
  let dResidual = normF.dX;
  const dLayers: LayerWeights[] = [];
  const dStates: LayerState[] = [];
  for (let i = weights.layers.length - 1; i >= 0; i--) {
    const layer = weights.layers[i]!;
    const normed = rmsNorm(dims, residuals[i]!, layer.normWeight);
    const { state, cuSeqlens } = layerOptions(options, i);
    const dLayerState = upstream.dState?.layers[i];
    const block = mambaBlockBackward(
      config,
      layer,
      { input: normed, state, cuSeqlens },
      { dOut: dResidual, dState: dLayerState },
    );
    const norm = rmsNormBackward(dims, residuals[i]!, layer.normWeight, block.dInput);
    dResidual = dResidual.map((d, j) => d + norm.dX[j]!);
    dLayers.unshift({ normWeight: norm.dWeight, ...block.dWeights });
    dStates.unshift(block.dState);
  }

  // r = embedding[ids], and once more as the head if tied
  const dEmbedding = embeddingBackward(config, ids, dResidual);
  const tied = config.tieWordEmbeddings;
  return {
    dWeights: {
      embeddingWeight: tied ? dEmbedding.map((d, j) => d + head.dWeight[j]!) : dEmbedding,
      layers: dLayers,
      normFWeight: normF.dWeight,
      ...(!tied && { lmHeadWeight: head.dWeight }),
    },
    dState: { layers: dStates },
  };
}

/**
 * The training loss of one sequence and its gradients: cross-entropy of each next token, weighted.
 *
 *   loss = Σ_t tokenWeights[t]·(−log p(targets[t] | ids[0 … t]))
 *
 * @param sequence ids and targets (seqLen), targets[t] being what follows ids[t]; tokenWeights (seqLen), default
 *   1/seqLen each: the mean, in nats per token
 */
export function mambaModelLoss(
  config: MambaConfig,
  weights: Weights,
  sequence: { ids: ArrayLike<number>; targets: ArrayLike<number>; tokenWeights?: Floats },
): { loss: number; logits: Float64Array; dWeights: Weights } {
  const { ids, targets } = sequence;
  const dims = { rows: ids.length, vocabSize: config.vocabSize };
  const tokenWeights = sequence.tokenWeights ?? new Float64Array(ids.length).fill(1 / ids.length);
  const logits = mambaModelLogits(config, weights, mambaModelForward(config, weights, ids).hidden);
  const losses = crossEntropy(dims, logits, targets);
  const dLogits = crossEntropyBackward(dims, logits, targets, tokenWeights);
  const { dWeights } = mambaModelBackward(config, weights, { ids }, { dLogits });
  return { loss: losses.reduce((sum, loss, t) => sum + tokenWeights[t]! * loss, 0), logits, dWeights };
}
