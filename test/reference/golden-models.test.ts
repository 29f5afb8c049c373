/**
 * Whole models against transformers in float64 (test/golden/README.md): hidden states of every layer, logits, and
 * greedy continuations.
 */
import { describe, expect, test } from 'vitest';
import { mambaModelForward, mambaModelLogits, mambaModelStep, zeroState } from '../../src/reference/mamba-model.ts';
import type { MambaConfig, Weights } from '../../src/reference/types.ts';
import { relativeError } from '../compare.ts';
import { readGolden } from '../golden.ts';
import { configOf, weightsOf } from '../golden-model.ts';
import { argmax, ofBatch, penalised } from './golden-continuation.ts';

/** Relative to the tensor's largest magnitude. Seen: at most 2e-13. */
const bound = 1e-10;

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
