/**
 * Which tensors a checkpoint of a given config holds, under which names and in which shapes, and which weight each one
 * is. The one place that knows the names.
 *
 * Names: state-spaces/mamba (backbone.embedding) and transformers (backbone.embeddings), all others are the same; and
 * llama.cpp's in GGUF, where the convolution's weight has no middle 1 and ssm_a is A = −exp(A_log).
 */
import type { LayerWeights, MambaConfig, Weights } from '../reference/types.ts';
import type { TensorPlan } from './assign-tensors.ts';
import type { TensorDialect, TensorFile } from './tensor-file.ts';

export interface TensorSlot {
  /** The names in use for it; a file has exactly one of them. */
  readonly names: readonly string[];
  /** Its name in GGUF. */
  readonly ggufName: string;
  /** The shape in the file. */
  readonly shape: readonly number[];
  /** Where it goes: a field of the weights, or of layer i. */
  readonly field: Exclude<keyof Weights, 'layers'> | keyof LayerWeights;
  readonly layer?: number;
}

/** Tensors of a tied head may stand in a file all the same; then they must equal the embedding. */
export const headNames: Readonly<Record<TensorDialect, string>> = { pytorch: 'lm_head.weight', gguf: 'output.weight' };

/** What a file of this config and dialect holds. */
export function mambaPlan(config: MambaConfig, dialect: TensorDialect): TensorPlan<TensorSlot> {
  const { vocabSize, dModel, tieWordEmbeddings } = config;
  return {
    slots: tensorTable(config),
    namesOf: (slot) => namesIn(dialect, slot),
    shapeOf: (slot) => shapeIn(dialect, slot),
    tiedHead: tieWordEmbeddings ? { name: headNames[dialect], shape: [vocabSize, dModel] } : undefined,
  };
}

/** Whether the place's tensor holds A = −exp(aLog) and not aLog. */
export function holdsDecay({ dialect }: TensorFile, { field }: { readonly field: string }): boolean {
  return dialect === 'gguf' && field === 'aLog';
}

/** The names in use for a place; a file has exactly one of them. */
export function namesIn(dialect: TensorDialect, { names, ggufName }: TensorSlot): readonly string[] {
  return dialect === 'gguf' ? [ggufName] : names;
}

/** A tensor's shape in a file, the last size the contiguous one; GGUF writes it the other way round. */
export function shapeIn(dialect: TensorDialect, { shape, field }: TensorSlot): readonly number[] {
  return dialect === 'gguf' && field === 'conv1dWeight' ? [shape[0]!, shape[2]!] : shape;
}

/**
 * Every tensor that must be there, the embedding first. A generator: a config may claim 2 billion layers, and whoever
 * looks for the first missing one should not have to wait for the list.
 */
export function* tensorTable(config: MambaConfig): Generator<TensorSlot> {
  const { vocabSize, dModel, nLayer } = config;
  const embedding = ['backbone.embedding.weight', 'backbone.embeddings.weight'];
  const rows = [vocabSize, dModel];
  yield { names: embedding, ggufName: 'token_embd.weight', shape: rows, field: 'embeddingWeight' };
  for (let layer = 0; layer < nLayer; layer++) {
    for (const [field, name, gguf, shape] of layerTensors(config)) {
      yield { names: [`backbone.layers.${layer}.${name}`], ggufName: `blk.${layer}.${gguf}`, shape, field, layer };
    }
  }
  const norm = ['backbone.norm_f.weight'];
  yield { names: norm, ggufName: 'output_norm.weight', shape: [dModel], field: 'normFWeight' };
  if (config.tieWordEmbeddings) return;
  yield { names: [headNames.pytorch], ggufName: headNames.gguf, shape: rows, field: 'lmHeadWeight' };
}

type LayerTensor = readonly [field: keyof LayerWeights, name: string, ggufName: string, shape: readonly number[]];

/** The tensors of one layer, without their prefix. The middle 1 of the convolution is PyTorch's: one input a channel. */
function layerTensors({ dModel, dInner, dState, dConv, dtRank, useBias, useConvBias }: MambaConfig): LayerTensor[] {
  const tensors: LayerTensor[] = [
    ['normWeight', 'norm.weight', 'attn_norm.weight', [dModel]],
    ['inProjWeight', 'mixer.in_proj.weight', 'ssm_in.weight', [2 * dInner, dModel]],
    ['conv1dWeight', 'mixer.conv1d.weight', 'ssm_conv1d.weight', [dInner, 1, dConv]],
    ['xProjWeight', 'mixer.x_proj.weight', 'ssm_x.weight', [dtRank + 2 * dState, dInner]],
    ['dtProjWeight', 'mixer.dt_proj.weight', 'ssm_dt.weight', [dInner, dtRank]],
    ['dtProjBias', 'mixer.dt_proj.bias', 'ssm_dt.bias', [dInner]],
    ['aLog', 'mixer.A_log', 'ssm_a', [dInner, dState]],
    ['D', 'mixer.D', 'ssm_d', [dInner]],
    ['outProjWeight', 'mixer.out_proj.weight', 'ssm_out.weight', [dModel, dInner]],
  ];
  if (useBias) tensors.push(['inProjBias', 'mixer.in_proj.bias', 'ssm_in.bias', [2 * dInner]]);
  if (useBias) tensors.push(['outProjBias', 'mixer.out_proj.bias', 'ssm_out.bias', [dModel]]);
  if (useConvBias) tensors.push(['conv1dBias', 'mixer.conv1d.bias', 'ssm_conv1d.bias', [dInner]]);
  return tensors;
}
