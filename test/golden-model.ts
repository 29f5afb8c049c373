/**
 * The golden models of test/golden: their configs and weights as the reference takes them.
 */
import { parseGptNeoConfig } from '../src/checkpoint/config-gpt-neo.ts';
import type { GptNeoConfig, GptNeoLayerWeights, GptNeoWeights } from '../src/reference/gpt-neo-types.ts';
import type { LayerWeights, MambaConfig, Weights } from '../src/reference/types.ts';
import type { Golden } from './golden.ts';

/** The fields of a Hugging Face config that the goldens hold. */
interface GoldenConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly intermediate_size: number;
  readonly state_size: number;
  readonly conv_kernel: number;
  readonly time_step_rank: number;
  readonly layer_norm_epsilon: number;
  readonly use_bias: boolean;
  readonly use_conv_bias: boolean;
  readonly tie_word_embeddings: boolean;
  readonly mixer_rms_eps?: number;
}

export function configOf({ metadata }: Golden): MambaConfig {
  const golden = JSON.parse(metadata.get('config')!) as GoldenConfig;
  return {
    vocabSize: golden.vocab_size,
    dModel: golden.hidden_size,
    nLayer: golden.num_hidden_layers,
    dInner: golden.intermediate_size,
    dState: golden.state_size,
    dConv: golden.conv_kernel,
    dtRank: golden.time_step_rank,
    normEps: golden.layer_norm_epsilon,
    useBias: golden.use_bias,
    useConvBias: golden.use_conv_bias,
    tieWordEmbeddings: golden.tie_word_embeddings,
    ...(golden.mixer_rms_eps !== undefined && { mixerRmsEps: golden.mixer_rms_eps }),
  };
}

export function weightsOf({ tensors }: Golden, { nLayer }: MambaConfig): Weights {
  const has = (name: string) => tensors.has(`weights.${name}`);
  const get = (name: string) => tensors.get(`weights.${name}`)!.data;
  const layer = (i: number): LayerWeights => {
    const [norm, mixer] = [`backbone.layers.${i}.norm`, `backbone.layers.${i}.mixer`];
    return {
      normWeight: get(`${norm}.weight`),
      inProjWeight: get(`${mixer}.in_proj.weight`),
      ...(has(`${mixer}.in_proj.bias`) && { inProjBias: get(`${mixer}.in_proj.bias`) }),
      conv1dWeight: get(`${mixer}.conv1d.weight`),
      ...(has(`${mixer}.conv1d.bias`) && { conv1dBias: get(`${mixer}.conv1d.bias`) }),
      xProjWeight: get(`${mixer}.x_proj.weight`),
      dtProjWeight: get(`${mixer}.dt_proj.weight`),
      dtProjBias: get(`${mixer}.dt_proj.bias`),
      aLog: get(`${mixer}.A_log`),
      D: get(`${mixer}.D`),
      outProjWeight: get(`${mixer}.out_proj.weight`),
      ...(has(`${mixer}.out_proj.bias`) && { outProjBias: get(`${mixer}.out_proj.bias`) }),
    };
  };
  return {
    embeddingWeight: get('backbone.embeddings.weight'),
    layers: Array.from({ length: nLayer }, (_, i) => layer(i)),
    normFWeight: get('backbone.norm_f.weight'),
    ...(has('lm_head.weight') && { lmHeadWeight: get('lm_head.weight') }),
  };
}

/** The config of a golden GPT-Neo. */
export function gptNeoConfigOf({ metadata }: Golden): GptNeoConfig {
  return parseGptNeoConfig(withTokenIds(metadata.get('config')!), 'golden').config;
}

/** The weights of a golden GPT-Neo, by names written down once more here. */
export function gptNeoWeightsOf({ tensors }: Golden, { nLayer }: GptNeoConfig): GptNeoWeights {
  const get = (name: string) => tensors.get(`weights.transformer.${name}`)!.data;
  const layer = (i: number): GptNeoLayerWeights => {
    const [attention, mlp] = [`h.${i}.attn.attention`, `h.${i}.mlp`];
    return {
      ...{ ln1Weight: get(`h.${i}.ln_1.weight`), ln1Bias: get(`h.${i}.ln_1.bias`) },
      qProjWeight: get(`${attention}.q_proj.weight`),
      kProjWeight: get(`${attention}.k_proj.weight`),
      vProjWeight: get(`${attention}.v_proj.weight`),
      ...{ outProjWeight: get(`${attention}.out_proj.weight`), outProjBias: get(`${attention}.out_proj.bias`) },
      ...{ ln2Weight: get(`h.${i}.ln_2.weight`), ln2Bias: get(`h.${i}.ln_2.bias`) },
      ...{ fcWeight: get(`${mlp}.c_fc.weight`), fcBias: get(`${mlp}.c_fc.bias`) },
      ...{ projWeight: get(`${mlp}.c_proj.weight`), projBias: get(`${mlp}.c_proj.bias`) },
    };
  };
  return {
    ...{ wteWeight: get('wte.weight'), wpeWeight: get('wpe.weight') },
    layers: Array.from({ length: nLayer }, (_, i) => layer(i)),
    ...{ lnFWeight: get('ln_f.weight'), lnFBias: get('ln_f.bias') },
  };
}

/** The goldens' vocabularies are too small for the token that their configs begin and end with. */
function withTokenIds(config: string): string {
  return JSON.stringify({ ...JSON.parse(config), bos_token_id: 0, eos_token_id: 0 });
}
