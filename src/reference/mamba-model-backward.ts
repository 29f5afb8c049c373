/**
 * Gradients of the whole model: what a training step needs.
 */
import { crossEntropy, crossEntropyBackward } from './cross-entropy.ts';
import { embeddingBackward } from './embedding.ts';
import { linearBackward } from './linear.ts';
import { mambaBlockBackward } from './mamba-block-backward.ts';
import type { ModelOptions } from './mamba-model.ts';
import { expectLayers, headWeight, mambaModelLogits, mambaModelStream, normDims } from './mamba-model.ts';
import { rmsNorm, rmsNormBackward } from './rms-norm.ts';
import { expectShape } from './shapes.ts';
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
 * @param ids token ids (seqLen), with the options of the forward pass (a trace sees that pass once more)
 * @throws RangeError when a length or a count of layers does not fit
 */
export function mambaModelBackward(
  config: MambaConfig,
  weights: Weights,
  { ids, ...options }: ModelOptions & { readonly ids: ArrayLike<number> },
  upstream: ModelUpstream,
): ModelGradients {
  expectLayers(config, { 'dState.layers': upstream.dState?.layers });
  const { state, cuSeqlens } = options;
  const kept = mambaModelStream(config, weights, ids, options);
  return streamBackward(config, weights, { ids, cuSeqlens, from: state, ...kept }, upstream);
}

/** What a forward pass started from, and what it kept. */
interface Pass {
  readonly ids: ArrayLike<number>;
  readonly residuals: readonly Float64Array[]; // nLayer + 1 times (seqLen, dModel)
  readonly hidden: Float64Array; // (seqLen, dModel)
  readonly from?: State | undefined;
  readonly cuSeqlens?: ArrayLike<number> | undefined;
}

/** From the logits back to the embedding, along the residual stream that the forward pass kept. */
function streamBackward(config: MambaConfig, weights: Weights, pass: Pass, upstream: ModelUpstream): ModelGradients {
  const { ids, residuals, hidden } = pass;
  const { dModel, vocabSize, nLayer } = config;
  const rows = ids.length;

  // logits = head·hidden; hidden = rmsNorm(the last residual)
  const headDims = { rows, dIn: dModel, dOut: vocabSize };
  const head = linearBackward(headDims, hidden, headWeight(config, weights), upstream.dLogits);
  const normF = rmsNormBackward(normDims(config, rows), residuals[nLayer]!, weights.normFWeight, head.dX);

  // Each layer: residual + mambaBlock(rmsNorm(residual))
  let dResidual = normF.dX;
  const dLayers: LayerWeights[] = [];
  const dStates: LayerState[] = [];
  for (let i = nLayer - 1; i >= 0; i--) {
    const layer = layerBackward(config, weights.layers[i]!, {
      residual: residuals[i]!,
      state: pass.from?.layers[i],
      cuSeqlens: pass.cuSeqlens,
      dOut: dResidual,
      dState: upstream.dState?.layers[i],
    });
    dResidual = dResidual.map((d, j) => d + layer.dResidual[j]!);
    dLayers.unshift(layer.dWeights);
    dStates.unshift(layer.dState);
  }

  // residual = embedding[ids], and the embedding once more as the head if tied
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

interface LayerPass {
  readonly residual: Float64Array; // (seqLen, dModel), what the layer read
  readonly state: LayerState | undefined;
  readonly cuSeqlens: ArrayLike<number> | undefined;
  readonly dOut: Float64Array; // (seqLen, dModel)
  readonly dState: LayerState | undefined;
}

/** Through mambaBlock(rmsNorm(residual)); the way around the block is the caller's. */
function layerBackward(config: MambaConfig, weights: LayerWeights, pass: LayerPass) {
  const { residual, state, cuSeqlens, dOut, dState } = pass;
  const dims = normDims(config, residual.length / config.dModel);
  const input = rmsNorm(dims, residual, weights.normWeight);
  const block = mambaBlockBackward(config, weights, { input, state, cuSeqlens }, { dOut, dState });
  const norm = rmsNormBackward(dims, residual, weights.normWeight, block.dInput);
  return {
    dResidual: norm.dX,
    dWeights: { normWeight: norm.dWeight, ...block.dWeights },
    dState: block.dState,
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
  expectShape('tokenWeights', tokenWeights, { seqLen: ids.length });
  const stream = mambaModelStream(config, weights, ids, {});
  const logits = mambaModelLogits(config, weights, stream.hidden);
  const losses = crossEntropy(dims, logits, targets);
  const dLogits = crossEntropyBackward(dims, logits, targets, tokenWeights);
  const { dWeights } = streamBackward(config, weights, { ids, ...stream }, { dLogits });
  return { loss: losses.reduce((sum, loss, t) => sum + tokenWeights[t]! * loss, 0), logits, dWeights };
}
