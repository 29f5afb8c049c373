/**
 * Which tensors a GPT-Neo checkpoint holds, under which names and in which shapes: transformers' names. The head is tied
 * and has no bias; all matrices are (out, in).
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { TensorPlan } from './assign-tensors.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { TensorFile } from './tensor-file.ts';

/** The sizes that shapes depend on. */
export type GptNeoSizes = Pick<
  GptNeoConfig,
  'vocabSize' | 'maxPositions' | 'hiddenSize' | 'intermediateSize' | 'nLayer'
>;

export type GptNeoField =
  | ('wteWeight' | 'wpeWeight' | 'lnFWeight' | 'lnFBias')
  | ('ln1Weight' | 'ln1Bias' | 'ln2Weight' | 'ln2Bias')
  | ('qProjWeight' | 'kProjWeight' | 'vProjWeight' | 'outProjWeight' | 'outProjBias')
  | ('fcWeight' | 'fcBias' | 'projWeight' | 'projBias');

export interface GptNeoSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly field: GptNeoField;
  readonly layer?: number;
}

/** A tied head may stand in a file all the same; then it must equal the table of tokens. */
export const gptNeoHeadName = 'lm_head.weight';

/**
 * What this file must hold. A file in which no name begins with `transformer.` was saved from the model without its
 * head: transformers puts the word before all its names, and so does this.
 * @param prefix what stands before every name; tensors without it are not looked at
 * @throws CheckpointError for GGUF
 */
export function gptNeoPlan(file: TensorFile, sizes: GptNeoSizes, prefix = ''): TensorPlan<GptNeoSlot> {
  if (file.dialect === 'gguf') {
    const problem =
      'expected a GPT-Neo as safetensors or pytorch_model.bin, got GGUF, which has no names for its tensors';
    throw new CheckpointError({ file: file.name }, problem);
  }
  const bare = ![...file.tensors.keys()].some((name) => name.startsWith(`${prefix}${modelPrefix}`));
  return {
    slots: gptNeoTable(sizes),
    namesOf: ({ name }) => [bare ? name.slice(modelPrefix.length) : name],
    shapeOf: ({ shape }) => shape,
    tiedHead: { name: gptNeoHeadName, shape: [sizes.vocabSize, sizes.hiddenSize] },
    isBuffer: (name) => isGptNeoBuffer(bare ? modelPrefix + name : name),
  };
}

const modelPrefix = 'transformer.';

/** Every tensor that must be there, the table of tokens first. A generator, as {@link tensorTable} is. */
export function* gptNeoTable(sizes: GptNeoSizes): Generator<GptNeoSlot> {
  const { vocabSize, maxPositions, hiddenSize: h, nLayer } = sizes;
  yield { name: 'transformer.wte.weight', shape: [vocabSize, h], field: 'wteWeight' };
  yield { name: 'transformer.wpe.weight', shape: [maxPositions, h], field: 'wpeWeight' };
  for (let layer = 0; layer < nLayer; layer++) {
    for (const [field, name, shape] of layerTensors(sizes)) {
      yield { name: `transformer.h.${layer}.${name}`, shape, field, layer };
    }
  }
  yield { name: 'transformer.ln_f.weight', shape: [h], field: 'lnFWeight' };
  yield { name: 'transformer.ln_f.bias', shape: [h], field: 'lnFBias' };
}

type LayerTensor = readonly [field: GptNeoField, name: string, shape: readonly number[]];

/** The tensors of one layer, without their prefix: 4h² + h of attention, 2·h·F + F + h of the MLP, 4h of two norms. */
function layerTensors({ hiddenSize: h, intermediateSize }: GptNeoSizes): readonly LayerTensor[] {
  return [
    ['ln1Weight', 'ln_1.weight', [h]],
    ['ln1Bias', 'ln_1.bias', [h]],
    ['qProjWeight', 'attn.attention.q_proj.weight', [h, h]],
    ['kProjWeight', 'attn.attention.k_proj.weight', [h, h]],
    ['vProjWeight', 'attn.attention.v_proj.weight', [h, h]],
    ['outProjWeight', 'attn.attention.out_proj.weight', [h, h]],
    ['outProjBias', 'attn.attention.out_proj.bias', [h]],
    ['ln2Weight', 'ln_2.weight', [h]],
    ['ln2Bias', 'ln_2.bias', [h]],
    ['fcWeight', 'mlp.c_fc.weight', [intermediateSize, h]],
    ['fcBias', 'mlp.c_fc.bias', [intermediateSize]],
    ['projWeight', 'mlp.c_proj.weight', [h, intermediateSize]],
    ['projBias', 'mlp.c_proj.bias', [h]],
  ];
}

/** Whether a tensor is one of the masks that older versions of transformers saved beside the weights. */
export function isGptNeoBuffer(name: string): boolean {
  return /^transformer\.h\.\d+\.attn\.attention\.(?:bias|masked_bias)$/.test(name);
}
