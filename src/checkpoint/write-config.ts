/**
 * A config as transformers writes it: the text of a config.json for MambaConfig or FalconMambaConfig.
 */
import type { CheckpointConfig } from './config.ts';
import type { WritableDtype } from './encode-floats.ts';

const torchNames = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/**
 * The text of config.json. `expand` is there for transformers' sake, which takes `intermediate_size` where both stand; ids
 * that nobody knows are null.
 */
export function huggingFaceConfigText(
  { config, modelType, bosTokenId, eosTokenIds }: CheckpointConfig,
  dtype: WritableDtype,
): string {
  const { dModel, dInner, mixerRmsEps } = config;
  const fields = {
    architectures: [modelType === 'mamba' ? 'MambaForCausalLM' : 'FalconMambaForCausalLM'],
    model_type: modelType,
    vocab_size: config.vocabSize,
    hidden_size: dModel,
    intermediate_size: dInner,
    num_hidden_layers: config.nLayer,
    state_size: config.dState,
    conv_kernel: config.dConv,
    ...(dInner % dModel === 0 && { expand: dInner / dModel }),
    time_step_rank: config.dtRank,
    layer_norm_epsilon: config.normEps,
    ...(mixerRmsEps !== undefined && { mixer_rms_eps: mixerRmsEps }),
    hidden_act: 'silu',
    use_bias: config.useBias,
    use_conv_bias: config.useConvBias,
    residual_in_fp32: true,
    tie_word_embeddings: config.tieWordEmbeddings,
    torch_dtype: torchNames[dtype],
    bos_token_id: bosTokenId ?? null,
    eos_token_id: eosTokenIds.length > 1 ? eosTokenIds : (eosTokenIds[0] ?? null),
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}
