/**
 * The config in a GGUF file's metadata, keys `mamba.*`, as llama.cpp's converter writes them. What the metadata leaves out
 * is read off the tensors: the vocabulary's size, a tied head, a bias of the convolution.
 */
import { CheckpointError } from './checkpoint-error.ts';
import type { CheckpointConfig } from './config.ts';
import type { Fields } from './config-fields.ts';
import { largestSize, readBoolean, readPositive, readSize, readTokenId, refuse } from './config-fields.ts';
import type { Gguf } from './gguf.ts';

/**
 * Reads the config. Falcon-Mamba is there too (`ssm.dt_b_c_rms`); its second ε is not in the file and is transformers'.
 * @throws CheckpointError when the model is no Mamba-1, or a key is missing or of the wrong type
 */
export function ggufConfig({ name: file, metadata, tensors }: Gguf): CheckpointConfig {
  const fields: Fields = { file, object: metadata, prefix: '' };
  const size = (key: string) => readSize(fields, `mamba.${key}`);
  if (metadata.get('general.architecture') !== 'mamba') {
    refuse(fields, 'general.architecture', '"mamba", the only architecture supported');
  }
  const vocabSize = tensors.get('token_embd.weight')?.shape[0];
  if (!(vocabSize !== undefined && vocabSize >= 1 && vocabSize <= largestSize)) {
    const problem = `expected 1 to ${largestSize} rows, got ${vocabSize ?? 'no such tensor'}`;
    throw new CheckpointError({ file, tensor: 'token_embd.weight' }, problem);
  }
  const bosTokenId = readToken(fields, 'tokenizer.ggml.bos_token_id', vocabSize);
  const eosTokenId = readToken(fields, 'tokenizer.ggml.eos_token_id', vocabSize);
  const falcon = readBoolean(fields, 'mamba.ssm.dt_b_c_rms', false);
  return {
    dialect: 'gguf',
    modelType: falcon ? 'falcon_mamba' : 'mamba',
    config: {
      vocabSize,
      dModel: size('embedding_length'),
      nLayer: size('block_count'),
      dInner: size('ssm.inner_size'),
      dState: size('ssm.state_size'),
      dConv: size('ssm.conv_kernel'),
      dtRank: size('ssm.time_step_rank'),
      normEps: shortest(readPositive(fields, 'mamba.attention.layer_norm_rms_epsilon', 1e-5)),
      useBias: tensors.has('blk.0.ssm_in.bias'),
      useConvBias: tensors.has('blk.0.ssm_conv1d.bias'),
      tieWordEmbeddings: !tensors.has('output.weight'),
      ...(falcon ? { mixerRmsEps: 1e-6 } : {}),
    },
    ...(bosTokenId === undefined ? {} : { bosTokenId }),
    eosTokenIds: eosTokenId === undefined ? [] : [eosTokenId],
  };
}

function readToken(fields: Fields, key: string, vocabSize: number): number | undefined {
  return fields.object.has(key) ? readTokenId(fields, key, 0, vocabSize) : undefined;
}

/** The decimal number that a float32 was written for: 1e-5, not 0.000009999999747378752. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === Math.fround(value)) return decimal;
  }
  return value;
}
