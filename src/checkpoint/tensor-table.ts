/**
 * Which tensors a checkpoint of a given config holds, under which names and in which shapes, and which weight each one
 * is. The one place that knows the names.
 *
 * Names: state-spaces/mamba (backbone.embedding) and transformers (backbone.embeddings); all others are the same.
 */
import type { LayerWeights, MambaConfig, Weights } from '../reference/types.ts';

export interface TensorSlot {
  /** The names in use for it; a file has exactly one of them. */
  readonly names: readonly string[];
  /** The shape in the file. */
  readonly shape: readonly number[];
  /** Where it goes: a field of the weights, or of layer i. */
  readonly field: Exclude<keyof Weights, 'layers'> | keyof LayerWeights;
  readonly layer?: number;
}

/** Tensors of a tied head may stand in a file all the same; then they must equal the embedding. */
export const headName = 'lm_head.weight';

/**
 * Every tensor that must be there, the embedding first. A generator: a config may claim 2 billion layers, and whoever
 * looks for the first missing one should not have to wait for the list.
 */
export function* tensorTable(config: MambaConfig): Generator<TensorSlot> {
  const { vocabSize, dModel, nLayer } = config;
  const embedding = ['backbone.embedding.weight', 'backbone.embeddings.weight'];
  yield { names: embedding, shape: [vocabSize, dModel], field: 'embeddingWeight' };
  for (let layer = 0; layer < nLayer; layer++) {
    for (const [field, name, shape] of layerTensors(config)) {
      yield { names: [`backbone.layers.${layer}.${name}`], shape, field, layer };
    }
  }
  yield { names: ['backbone.norm_f.weight'], shape: [dModel], field: 'normFWeight' };
  if (!config.tieWordEmbeddings) yield { names: [headName], shape: [vocabSize, dModel], field: 'lmHeadWeight' };
}

type LayerTensor = readonly [field: keyof LayerWeights, name: string, shape: readonly number[]];

/** The tensors of one layer, without their prefix. The middle 1 of the convolution is PyTorch's: one input a channel. */
function layerTensors({ dModel, dInner, dState, dConv, dtRank, useBias, useConvBias }: MambaConfig): LayerTensor[] {
  const tensors: LayerTensor[] = [
    ['normWeight', 'norm.weight', [dModel]],
    ['inProjWeight', 'mixer.in_proj.weight', [2 * dInner, dModel]],
    ['conv1dWeight', 'mixer.conv1d.weight', [dInner, 1, dConv]],
    ['xProjWeight', 'mixer.x_proj.weight', [dtRank + 2 * dState, dInner]],
    ['dtProjWeight', 'mixer.dt_proj.weight', [dInner, dtRank]],
    ['dtProjBias', 'mixer.dt_proj.bias', [dInner]],
    ['aLog', 'mixer.A_log', [dInner, dState]],
    ['D', 'mixer.D', [dInner]],
    ['outProjWeight', 'mixer.out_proj.weight', [dModel, dInner]],
  ];
  if (useBias) tensors.push(['inProjBias', 'mixer.in_proj.bias', [2 * dInner]]);
  if (useBias) tensors.push(['outProjBias', 'mixer.out_proj.bias', [dModel]]);
  if (useConvBias) tensors.push(['conv1dBias', 'mixer.conv1d.bias', [dInner]]);
  return tensors;
}
