/**
 * Whole models against transformers in float64 (test/golden/README.md): hidden states of every layer, logits, and
 * greedy continuations.
 */
import { describe, expect, test } from 'vitest';
import { mambaModelForward, mambaModelLogits, mambaModelStep, zeroState } from '../../src/reference/mamba-model.ts';
import type { LayerWeights, MambaConfig, Weights } from '../../src/reference/types.ts';
import { relativeError } from '../compare.ts';
import type { Golden } from '../golden.ts';
import { readGolden } from '../golden.ts';

/** Relative to the tensor's largest magnitude. Seen: at most 2e-13. */
const bound = 1e-10;

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

function configOf({ metadata }: Golden): MambaConfig {
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

function weightsOf({ tensors }: Golden, { nLayer }: MambaConfig): Weights {
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

/** The b-th sequence of a tensor (batch, …). */
function ofBatch(golden: Golden, name: string, b: number): Float64Array {
  const { shape, data } = golden.tensors.get(name)!;
  const size = data.length / shape[0]!;
  return data.subarray(b * size, (b + 1) * size);
}

/** The highest score; the first of equals. */
const argmax = (scores: Float64Array) => scores.reduce((best, score, id) => (score > scores[best]! ? id : best), 0);

/** Lowers the score of every id seen so far, once each: score·penalty if it is negative, score/penalty if not. */
function penalised(scores: Float64Array, seen: readonly number[], penalty: number): Float64Array {
  const lowered = scores.slice();
  for (const id of new Set(seen)) lowered[id] = scores[id]! < 0 ? scores[id]! * penalty : scores[id]! / penalty;
  return lowered;
}

/** Continues `prompt` by `count` ids, each the best after the penalty, token by token from an empty state. */
function continuation(
  config: MambaConfig,
  weights: Weights,
  prompt: readonly number[],
  count: number,
  penalty: number,
) {
  const ids = [...prompt];
  let next: ReturnType<typeof mambaModelStep> = { logits: new Float64Array(0), state: zeroState(config) };
  for (let t = 0; t < prompt.length + count; t++) {
    if (t >= prompt.length) ids.push(argmax(penalised(next.logits, ids, penalty)));
    next = mambaModelStep(config, weights, ids[t]!, next.state);
  }
  return ids.slice(prompt.length);
}

describe.each(['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a'])('%s', async (name) => {
  const golden = await readGolden(name);
  const config = configOf(golden);
  const weights = weightsOf(golden, config);
  const batch = golden.tensors.get('input_ids')!.shape[0]!;
  const sequences = Array.from({ length: batch }, (_, b) => b);

  test.each(sequences)('sequence %i: the residual stream after every layer, and hidden', (b) => {
    const seen = new Map<string, Float64Array>();
    mambaModelForward(config, weights, ofBatch(golden, 'input_ids', b), {
      trace: (intermediate, _, data) => seen.set(intermediate, Float64Array.from(data)),
    });
    for (let i = 0; i <= config.nLayer; i++) {
      const actual = seen.get(i < config.nLayer ? `layers.${i}.residual` : 'hidden')!;
      expect(relativeError(actual, ofBatch(golden, `hidden.${i}`, b)), `hidden.${i}`).toBeLessThanOrEqual(bound);
    }
  });

  test.each(sequences)('sequence %i: logits', (b) => {
    const { hidden } = mambaModelForward(config, weights, ofBatch(golden, 'input_ids', b));
    const logits = mambaModelLogits(config, weights, hidden);
    expect(relativeError(logits, ofBatch(golden, 'logits', b))).toBeLessThanOrEqual(bound);
  });

  test.each([
    ['generate.greedy', 1],
    ['generate.penalty', 1.2],
  ])('%s: 24 tokens, step by step, with repetition penalty %d', (continued, penalty) => {
    const expected = Array.from(golden.tensors.get(continued)!.data);
    const prompt = Array.from(ofBatch(golden, 'input_ids', 0));
    expect(expected).toHaveLength(24);
    expect(continuation(config, weights, prompt, expected.length, penalty)).toEqual(expected);
  });
});

test('the goldens cover biases, no convolution bias, an untied head, and prompts shorter than the convolution', async () => {
  const goldens = await Promise.all(['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a'].map(readGolden));
  const [a, b, c, falcon] = goldens.map(configOf);
  expect([a!.useBias, b!.useBias]).toEqual([false, true]);
  expect([c!.useConvBias, c!.tieWordEmbeddings, c!.dConv]).toEqual([false, false, 3]);
  expect(goldens[2]!.tensors.get('input_ids')!.shape).toEqual([2, 2]);
  expect([a!.mixerRmsEps, falcon!.mixerRmsEps]).toEqual([undefined, 1e-6]);
});
