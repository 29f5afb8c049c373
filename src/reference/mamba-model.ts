/**
 * The whole language model: embedding, layers with their residuals, the last norm, logits (paper, §3.4 and §E.2.1).
 */
import { embedding } from './embedding.ts';
import { linear } from './linear.ts';
import type { BlockOptions, Trace } from './mamba-block.ts';
import { mambaBlock } from './mamba-block.ts';
import { rmsNorm } from './rms-norm.ts';
import type { Floats, LayerState, MambaConfig, State, Weights } from './types.ts';

export interface ModelOptions {
  /** Where to continue; default: nothing read yet. */
  readonly state?: State | undefined;
  /** Bounds of packed sequences, default one: [0, seqLen]. */
  readonly cuSeqlens?: ArrayLike<number> | undefined;
  /** Sees every intermediate; those of layer i are called `layers.i.NAME`. */
  readonly trace?: Trace | undefined;
}

/** The state of a model that has read nothing. */
export function zeroState({ nLayer, dInner, dState, dConv }: MambaConfig): State {
  return {
    layers: Array.from({ length: nLayer }, () => ({
      convState: new Float64Array((dConv - 1) * dInner),
      h: new Float64Array(dInner * dState),
    })),
  };
}

/**
 * Reads a sequence.
 *
 *   r = embedding[ids]
 *   for each layer: r = r + mambaBlock(rmsNorm(r))
 *   hidden = rmsNorm(r)
 *
 * @param ids token ids (seqLen); none at all is allowed and leaves the state as it is
 * @returns hidden (seqLen, dModel), for {@link mambaModelLogits}, and the state after the last token
 * @throws RangeError for an id outside the vocabulary or a weight of the wrong length
 */
export function mambaModelForward(
  config: MambaConfig,
  weights: Weights,
  ids: ArrayLike<number>,
  options: ModelOptions = {},
): { hidden: Float64Array; state: State } {
  const { hidden, state } = mambaModelStream(config, weights, ids, options);
  return { hidden, state };
}

/** {@link mambaModelForward}, with the residual stream before each layer and after the last one. */
export function mambaModelStream(
  config: MambaConfig,
  weights: Weights,
  ids: ArrayLike<number>,
  options: ModelOptions,
): { residuals: Float64Array[]; hidden: Float64Array; state: State } {
  const { dModel } = config;
  const { trace, state } = options;
  expectLayers(config, { 'weights.layers': weights.layers, 'state.layers': state?.layers });
  const rows = ids.length;
  let residual = embedding(config, ids, weights.embeddingWeight);
  trace?.('embedding', [rows, dModel], residual);
  const residuals = [residual];
  const layers: LayerState[] = [];
  weights.layers.forEach((layer, i) => {
    const normed = rmsNorm(normDims(config, rows), residual, layer.normWeight);
    trace?.(`layers.${i}.norm`, [rows, dModel], normed);
    const next = mambaBlock(config, layer, normed, layerOptions(options, i));
    residual = residual.map((r, j) => r + next.out[j]!);
    trace?.(`layers.${i}.residual`, [rows, dModel], residual);
    residuals.push(residual);
    layers.push(next.state);
  });
  const hidden = rmsNorm(normDims(config, rows), residual, weights.normFWeight);
  trace?.('hidden', [rows, dModel], hidden);
  return { residuals, hidden, state: { layers } };
}

/**
 * logits[t,i] = Σ_j head[i,j]·hidden[t,j], with head the embedding itself if tied, else lmHeadWeight
 *
 * @param hidden (rows, dModel), from {@link mambaModelForward}
 * @returns logits (rows, vocabSize), rows of padded vocabulary entries included
 */
export function mambaModelLogits(config: MambaConfig, weights: Weights, hidden: Floats): Float64Array {
  const { dModel, vocabSize } = config;
  const dims = { rows: hidden.length / dModel, dIn: dModel, dOut: vocabSize };
  return linear(dims, hidden, headWeight(config, weights));
}

/** One token: logits (vocabSize) for the token after it, and the new state. */
export function mambaModelStep(
  config: MambaConfig,
  weights: Weights,
  id: number,
  state: State,
): { logits: Float64Array; state: State } {
  const next = mambaModelForward(config, weights, [id], { state });
  return { logits: mambaModelLogits(config, weights, next.hidden), state: next.state };
}

/** @throws RangeError when the head is untied and its weight is missing */
export function headWeight(config: MambaConfig, weights: Weights): Floats {
  if (config.tieWordEmbeddings) return weights.embeddingWeight;
  if (weights.lmHeadWeight === undefined) {
    throw new RangeError('"lmHeadWeight" expected a matrix (vocabSize, dModel) since the head is untied, got none');
  }
  return weights.lmHeadWeight;
}

export function normDims({ dModel, normEps }: MambaConfig, rows: number) {
  return { rows, width: dModel, eps: normEps };
}

/** The options of layer i: its own state, and a trace that knows where it is. */
export function layerOptions({ state, cuSeqlens, trace }: ModelOptions, i: number): BlockOptions {
  return {
    state: state?.layers[i],
    cuSeqlens,
    trace: trace && ((name, shape, data) => trace(`layers.${i}.${name}`, shape, data)),
  };
}

/** @throws RangeError unless every list that is there has one entry a layer */
export function expectLayers(
  { nLayer }: MambaConfig,
  lists: Readonly<Record<string, readonly unknown[] | undefined>>,
): void {
  for (const [name, layers] of Object.entries(lists)) {
    if (layers !== undefined && layers.length !== nLayer) {
      throw new RangeError(`"${name}" expected ${nLayer} layers (nLayer), got ${layers.length}`);
    }
  }
}
