/**
 * The configs of mamba_ssm, the authors' own package: state-spaces/mamba-130m and its like. Only Mamba-1 is supported.
 */
import type { CheckpointConfig } from './config.ts';
import type { Fields } from './config-fields.ts';
import { largestSize, readBoolean, readRank, readSize, refuse } from './config-fields.ts';
import type { JsonObject } from './strict-json.ts';

/** What `ssm_cfg` may hold for a Mamba-1 mixer; those that only matter when training begins are not looked at. */
const mixerFields = ['layer', 'd_state', 'd_conv', 'expand', 'dt_rank', 'conv_bias', 'bias'];
const trainingFields = ['dt_min', 'dt_max', 'dt_init', 'dt_scale', 'dt_init_floor', 'use_fast_path'];

/**
 * Reads one config. The embedding has `vocab_size` rows rounded up to a multiple of `pad_vocab_size_multiple`
 * (50,277 → 50,280). No token ids stand in these files.
 */
export function parseStateSpacesConfig(fields: Fields): CheckpointConfig {
  refuseOtherBlocks(fields);
  const mixer = readMixer(fields);
  const dModel = readSize(fields, 'd_model');
  const dInner = readSize(mixer, 'expand', 2) * dModel;
  if (dInner > largestSize) refuse(mixer, 'expand', `expand × d_model of at most ${largestSize}`);
  return {
    dialect: 'state-spaces',
    modelType: 'mamba',
    config: {
      vocabSize: readPaddedVocabulary(fields),
      dModel,
      nLayer: readSize(fields, 'n_layer'),
      dInner,
      dState: readSize(mixer, 'd_state', 16),
      dConv: readSize(mixer, 'd_conv', 4),
      dtRank: readRank(mixer, 'dt_rank', dModel),
      normEps: 1e-5, // a constant of mamba_ssm
      useBias: readBoolean(mixer, 'bias', false),
      useConvBias: readBoolean(mixer, 'conv_bias', true),
      tieWordEmbeddings: readBoolean(fields, 'tie_embeddings', true),
    },
    eosTokenIds: [],
  };
}

/** Refuses what is no chain of RMSNorm + Mamba-1: LayerNorm, attention, MLPs. */
function refuseOtherBlocks(fields: Fields): void {
  if (!readBoolean(fields, 'rms_norm', true)) refuse(fields, 'rms_norm', 'true, LayerNorm is not supported');
  readBoolean(fields, 'residual_in_fp32', true); // no matter in float64
  readBoolean(fields, 'fused_add_norm', true); // the same function either way
  const attention = fields.object.get('attn_layer_idx') ?? [];
  if (!(Array.isArray(attention) && attention.length === 0)) {
    refuse(fields, 'attn_layer_idx', 'an empty list, attention layers are not supported');
  }
  if ((fields.object.get('d_intermediate') ?? 0) !== 0) {
    refuse(fields, 'd_intermediate', '0, blocks with an MLP are not supported');
  }
}

function readMixer(fields: Fields): Fields {
  const value = fields.object.get('ssm_cfg') ?? new Map();
  if (!(value instanceof Map)) return refuse(fields, 'ssm_cfg', 'an object');
  const object: JsonObject = value;
  const mixer: Fields = { file: fields.file, object, prefix: 'ssm_cfg.' };
  if ((object.get('layer') ?? 'Mamba1') !== 'Mamba1') refuse(mixer, 'layer', '"Mamba1", the only mixer supported');
  for (const name of object.keys()) {
    if (!mixerFields.includes(name) && !trainingFields.includes(name)) {
      refuse(mixer, name, `no such field (Mamba-1 has ${mixerFields.join(', ')})`);
    }
  }
  return mixer;
}

function readPaddedVocabulary(fields: Fields): number {
  const multiple = readSize(fields, 'pad_vocab_size_multiple', 8);
  const rows = Math.ceil(readSize(fields, 'vocab_size') / multiple) * multiple;
  if (rows > largestSize) refuse(fields, 'vocab_size', `at most ${largestSize} rows, padding included`);
  return rows;
}
