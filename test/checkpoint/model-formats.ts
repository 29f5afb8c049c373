/**
 * One model of random weights, written in every format.
 */
import { parseConfig } from '../../src/checkpoint/config.ts';
import { namesIn, shapeIn, tensorTable } from '../../src/checkpoint/tensor-table.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import type { Bytes } from './bytes.ts';
import { floats } from './bytes.ts';
import type { GgufTensorParts } from './gguf-writer.ts';
import { ggufBytes, ggufValue } from './gguf-writer.ts';
import { torchBytes } from './torch-writer.ts';
import type { ZipWriting } from './zip-writer.ts';

/** A field of the table and its numbers. */
export interface ModelTensor {
  readonly name: string;
  readonly ggufName: string;
  readonly shape: readonly number[];
  readonly ggufShape: readonly number[];
  readonly numbers: Float32Array;
}

/** config.json as transformers writes it. */
export function configText(config: MambaConfig): string {
  return JSON.stringify({
    ...{
      model_type: 'mamba',
      hidden_size: config.dModel,
      intermediate_size: config.dInner,
      vocab_size: config.vocabSize,
    },
    ...{
      num_hidden_layers: config.nLayer,
      state_size: config.dState,
      conv_kernel: config.dConv,
      use_bias: config.useBias,
    },
    ...{
      time_step_rank: config.dtRank,
      use_conv_bias: config.useConvBias,
      tie_word_embeddings: config.tieWordEmbeddings,
    },
    ...{ bos_token_id: null, eos_token_id: null },
  });
}

export const smallModel: MambaConfig = parseConfig(
  configText({
    ...{ vocabSize: 7, dModel: 32, nLayer: 2, dInner: 64, dState: 4, dConv: 3, dtRank: 2, normEps: 1e-5 },
    ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
  }),
  'small',
).config;

/** Numbers of a simple generator, all different; A_log in 1.001 … 3, where GGUF gives it back bit for bit. */
export function modelTensors(config: MambaConfig, seed = 1): ModelTensor[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from(tensorTable(config), (slot) => {
    const length = slot.shape.reduce((product, size) => product * size, 1);
    const decay = slot.field === 'aLog';
    const numbers = Float32Array.from({ length }, () => (decay ? 1.001 + 2 * next() : next() - 0.5));
    const [name, ggufName] = [namesIn('pytorch', slot).at(-1)!, slot.ggufName];
    return { name, ggufName, shape: slot.shape, ggufShape: shapeIn('gguf', slot), numbers };
  });
}

export function asSafetensors(tensors: readonly ModelTensor[]): Uint8Array {
  const writable = tensors.map(({ name, shape, numbers }): WritableTensor => ({ name, shape, data: numbers }));
  return safetensorsBytes(writable, new Map([['format', 'pt']]));
}

/** With the tied head that state-spaces' files have. */
export function asTorch(tensors: readonly ModelTensor[], writing?: ZipWriting): Uint8Array {
  const parts = tensors.map(({ name, shape, numbers }) => ({ name, shape, data: floats(numbers) }));
  const tied = parts.some(({ name }) => name === 'lm_head.weight')
    ? []
    : [{ name: 'lm_head.weight', shape: parts[0]!.shape, data: parts[0]!.data, sharing: parts[0]!.name }];
  return torchBytes([...parts, ...tied], writing);
}

/** The files of a model in shards, an index included. */
export function asShards(
  tensors: readonly ModelTensor[],
  count: number,
  format: 'safetensors' | 'bin' = 'safetensors',
): Record<string, Uint8Array> {
  const stem = format === 'bin' ? 'pytorch_model' : 'model';
  const files: Record<string, Uint8Array> = {};
  const weightMap: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const file = `${stem}-0000${i + 1}-of-0000${count}.${format}`;
    const mine = tensors.filter((_, k) => k % count === i);
    for (const { name } of mine) weightMap[name] = file;
    const parts = mine.map(({ name, shape, numbers }) => ({ name, shape, data: floats(numbers) }));
    files[file] = format === 'bin' ? torchBytes(parts) : asSafetensors(mine);
  }
  const index = { metadata: { total_size: 0 }, weight_map: weightMap };
  return { ...files, [`${stem}.${format}.index.json`]: new TextEncoder().encode(JSON.stringify(index)) };
}

/** @param encode data of a matrix and its type; default float32, as everything else is */
export function asGguf(
  config: MambaConfig,
  tensors: readonly ModelTensor[],
  encode: (numbers: Float32Array) => Pick<GgufTensorParts, 'type' | 'data'> = asFloat32,
): Uint8Array {
  const parts = tensors.map(({ ggufName, ggufShape, numbers }): GgufTensorParts => {
    const decay = ggufName.endsWith('ssm_a');
    const matrix = ggufShape.length === 2 && ggufShape[1]! % 32 === 0;
    const written = decay ? numbers.map((aLog) => -Math.exp(aLog)) : numbers;
    return { name: ggufName, shape: ggufShape, ...(matrix ? encode(written) : asFloat32(written)) };
  });
  return ggufBytes(ggufMetadata(config), parts);
}

export function asFloat32(numbers: Float32Array): Pick<GgufTensorParts, 'type' | 'data'> {
  return { type: 0, data: floats(numbers) };
}

export function ggufMetadata(config: MambaConfig): Map<string, Bytes> {
  const { dModel, nLayer, dConv, dInner, dState, dtRank } = config;
  return new Map([
    ['general.architecture', ggufValue.text('mamba')],
    ['tokenizer.ggml.tokens', ggufValue.texts(['a', 'bc'])],
    ['tokenizer.ggml.token_type', ggufValue.numbers([1, 1])],
    ['mamba.embedding_length', ggufValue.u32(dModel)],
    ['mamba.block_count', ggufValue.u32(nLayer)],
    ['mamba.ssm.conv_kernel', ggufValue.u32(dConv)],
    ['mamba.ssm.inner_size', ggufValue.u32(dInner)],
    ['mamba.ssm.state_size', ggufValue.u32(dState)],
    ['mamba.ssm.time_step_rank', ggufValue.u32(dtRank)],
    ['mamba.attention.layer_norm_rms_epsilon', ggufValue.f32(1e-5)],
  ]);
}
