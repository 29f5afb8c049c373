/**
 * The configs that transformers writes: Mamba and Falcon-Mamba. An absent field has the value that transformers' class
 * gives it, except for the three sizes that no such file leaves out.
 */
import type { CheckpointConfig, ModelType } from './config.ts';
import type { Fields } from './config-fields.ts';
import {
  largestSize,
  readBoolean,
  readPositive,
  readRank,
  readSize,
  readTokenId,
  readTokenIds,
  refuse,
} from './config-fields.ts';

/**
 * Reads one config. `intermediate_size` wins over `expand` (Falcon-Mamba 7B says expand 16 and means 2); `use_bias` is
 * true by default in Mamba's class though false in all its published files, and false by default in Falcon-Mamba's.
 */
export function parseHuggingFaceConfig(fields: Fields): CheckpointConfig {
  const modelType = readModelType(fields);
  const falcon = modelType === 'falcon_mamba';
  const act = fields.object.get('hidden_act');
  if (act !== undefined && act !== 'silu') refuse(fields, 'hidden_act', '"silu", the only activation supported');
  readBoolean(fields, 'residual_in_fp32', true); // no matter in float64

  const dModel = readSize(fields, 'hidden_size');
  const vocabSize = readSize(fields, 'vocab_size');
  const bosTokenId = readTokenId(fields, 'bos_token_id', 0, vocabSize);
  return {
    dialect: 'hugging-face',
    modelType,
    config: {
      vocabSize,
      dModel,
      nLayer: readSize(fields, 'num_hidden_layers'),
      dInner: readInnerSize(fields, dModel),
      dState: readSize(fields, 'state_size', 16),
      dConv: readSize(fields, 'conv_kernel', 4),
      dtRank: readRank(fields, 'time_step_rank', dModel),
      normEps: readPositive(fields, 'layer_norm_epsilon', 1e-5),
      useBias: readBoolean(fields, 'use_bias', !falcon),
      useConvBias: readBoolean(fields, 'use_conv_bias', true),
      tieWordEmbeddings: readBoolean(fields, 'tie_word_embeddings', true),
      ...(falcon ? { mixerRmsEps: readPositive(fields, 'mixer_rms_eps', 1e-6) } : {}),
    },
    ...(bosTokenId === undefined ? {} : { bosTokenId }),
    eosTokenIds: readTokenIds(fields, 'eos_token_id', 0, vocabSize),
  };
}

function readModelType(fields: Fields): ModelType {
  const value = fields.object.get('model_type');
  if (value === 'mamba' || value === 'falcon_mamba') return value;
  return refuse(fields, 'model_type', '"mamba" or "falcon_mamba", the only models supported');
}

function readInnerSize(fields: Fields, dModel: number): number {
  if (fields.object.has('intermediate_size')) return readSize(fields, 'intermediate_size');
  const dInner = readSize(fields, 'expand', 2) * dModel;
  if (dInner <= largestSize) return dInner;
  return refuse(fields, 'expand', `expand × hidden_size of at most ${largestSize}`);
}
