/**
 * Two GPT-Neos against transformers in float64 (test/golden/README.md): hidden states of every layer, logits and
 * continuations, with both forms of attention.
 */
import { describe, expect, test } from 'vitest';
import { attentionEager } from '../../src/reference/attention-eager.ts';
import { attentionFlash } from '../../src/reference/attention-flash.ts';
import { gptNeoModelForward, gptNeoModelLogits, gptNeoModelStep } from '../../src/reference/gpt-neo-model.ts';
import { emptyGptNeoState } from '../../src/reference/gpt-neo-state.ts';
import { relativeError, u } from '../compare.ts';
import { readGolden } from '../golden.ts';
import { gptNeoConfigOf, gptNeoWeightsOf } from '../golden-model.ts';
import { argmax, ofBatch, penalised } from './golden-continuation.ts';

/**
 * Relative to the tensor's largest magnitude: 4.5e-13. Seen: at most 691·u, 7.7e-14, in the logits of gptneo-b, growing
 * some 100·u a layer, since scores that nobody scales down reach ±111 and round before exp; eager and flash alike.
 */
const bound = 4096 * u;

const forms = [
  ['eager', attentionEager],
  ['flash', attentionFlash],
] as const;

describe.each(['gptneo-a', 'gptneo-b'])('%s', async (name) => {
  const golden = await readGolden(name);
  const config = gptNeoConfigOf(golden);
  const weights = gptNeoWeightsOf(golden, config);

  test.each(forms)('%s: embedding, the residual stream after every layer, hidden, logits', (_, attend) => {
    for (const b of [0, 1]) {
      const seen = new Map<string, Float64Array>();
      const { hidden } = gptNeoModelForward(config, weights, ofBatch(golden, 'input_ids', b), {
        attend,
        trace: (intermediate, __, data) => seen.set(intermediate, Float64Array.from(data)),
      });
      const names = Array.from({ length: config.nLayer - 1 }, (__, i) => `layers.${i}.residual`);
      for (const [i, intermediate] of ['embedding', ...names, 'hidden'].entries()) {
        const error = relativeError(seen.get(intermediate)!, ofBatch(golden, `hidden.${i}`, b));
        expect(error, `hidden.${i}`).toBeLessThanOrEqual(bound);
      }
      const logits = gptNeoModelLogits(config, weights, hidden);
      expect(relativeError(logits, ofBatch(golden, 'logits', b))).toBeLessThanOrEqual(bound);
    }
  });

  test.each([
    ['generate.greedy', 1],
    ['generate.penalty', 1.2],
  ])('%s: 24 tokens, step by step, with repetition penalty %d', (continued, penalty) => {
    const expected = Array.from(golden.tensors.get(continued)!.data);
    const prompt = Array.from(ofBatch(golden, 'input_ids', 0));
    const ids = [...prompt];
    let next: ReturnType<typeof gptNeoModelStep> = { logits: new Float64Array(), state: emptyGptNeoState(config) };
    for (let t = 0; t < prompt.length + expected.length; t++) {
      if (t >= prompt.length) ids.push(argmax(penalised(next.logits, ids, penalty)));
      next = gptNeoModelStep(config, weights, ids[t]!, next.state);
    }
    expect(ids.slice(prompt.length)).toEqual(expected);
  });
});

test('the goldens cover both kinds of layer, windows that close, and the last of 64 positions', async () => {
  const goldens = await Promise.all(['gptneo-a', 'gptneo-b'].map(readGolden));
  for (const golden of goldens) {
    const { attentionKinds, windowSize, nHead, hiddenSize } = gptNeoConfigOf(golden);
    expect(new Set(attentionKinds)).toEqual(new Set(['global', 'local']));
    expect(windowSize).toBeLessThan(golden.tensors.get('input_ids')!.shape[1]!);
    expect(hiddenSize / nHead).toBe(8);
  }
  const { tensors } = goldens[1]!;
  const length = tensors.get('input_ids')!.shape[1]! + tensors.get('generate.greedy')!.shape[0]!;
  expect(length).toBe(gptNeoConfigOf(goldens[1]!).maxPositions);
});
