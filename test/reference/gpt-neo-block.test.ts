import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attentionEager } from '../../src/reference/attention-eager.ts';
import { geluNew } from '../../src/reference/gelu.ts';
import { gptNeoBlock } from '../../src/reference/gpt-neo-block.ts';
import type { GptNeoConfig, GptNeoLayerWeights } from '../../src/reference/gpt-neo-types.ts';
import { layerNorm } from '../../src/reference/layer-norm.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { gptNeoLayer, smallGptNeo } from './small-gpt-neo.ts';

const config: GptNeoConfig = smallGptNeo;
const rows = fc.nat(5).chain((length) => gridArray(4 * length));

/** The weights with some of them 0. */
function without(weights: GptNeoLayerWeights, ...names: (keyof GptNeoLayerWeights)[]): GptNeoLayerWeights {
  return { ...weights, ...Object.fromEntries(names.map((name) => [name, new Float64Array(weights[name].length)])) };
}

describe('gptNeoBlock', () => {
  test('with both outputs 0 adds the two biases and nothing else', () => {
    fc.assert(
      fc.property(rows, fc.nat(1e6), (x, seed) => {
        const weights = without(gptNeoLayer(config, seed), 'outProjWeight', 'projWeight');
        const { out } = gptNeoBlock(config, weights, x, { kind: 'global' });
        expectIdentical(
          out,
          x.map((value, i) => value + weights.outProjBias[i % 4]! + weights.projBias[i % 4]!),
        );
      }),
    );
  });

  test('with a window of one token a local attention is v itself: out = x + outProj·v, within 16u of the magnitudes', () => {
    fc.assert(
      fc.property(rows, fc.nat(1e6), (x, seed) => {
        const weights = without(gptNeoLayer(config, seed), 'projWeight', 'projBias');
        const { out, state } = gptNeoBlock({ ...config, windowSize: 1 }, weights, x, { kind: 'local' });
        const { outProjWeight, outProjBias } = weights;
        const [expected, scale] = [new Float64Array(x.length), new Float64Array(x.length)];
        for (let i = 0; i < x.length; i++) {
          const terms = [0, 1, 2, 3].map((j) => outProjWeight[4 * (i % 4) + j]! * state.v[i - (i % 4) + j]!);
          expected[i] = x[i]! + (terms.reduce((sum, term) => sum + term, 0) + outProjBias[i % 4]!);
          scale[i] = [x[i]!, outProjBias[i % 4]!, ...terms].reduce((sum, term) => sum + Math.abs(term), 0);
        }
        expectWithin(out, expected, { k: 16, scale });
      }),
    );
  });

  test('without attention is x + proj·gelu(fc·layerNorm(x)), for an MLP of one column', () => {
    const one = { ...config, intermediateSize: 1 };
    const weights = without(gptNeoLayer(one, 3), 'outProjWeight', 'outProjBias');
    const x = Float64Array.of(1, 2, -1, 0.5);
    const dims = { rows: 1, width: 4, eps: config.normEps };
    const normed = layerNorm(dims, x, weights.ln2Weight, weights.ln2Bias);
    let inner = 0;
    for (let j = 0; j < 4; j++) inner += weights.fcWeight[j]! * normed[j]!;
    inner = geluNew(inner + weights.fcBias[0]!);
    const { out } = gptNeoBlock(one, weights, x, { kind: 'global' });
    expectIdentical(
      out,
      x.map((value, i) => value + (weights.projWeight[i]! * inner + weights.projBias[i]!)),
    );
  });

  test('hands its attention the window of a local layer, none of a global one, and the place after a cache', () => {
    const weights = gptNeoLayer(config, 2);
    const seen: unknown[] = [];
    const attend: typeof attentionEager = (input) => {
      const { seqLen, position, nHead, headDim, window } = input;
      seen.push([seqLen, position, nHead, headDim, window]);
      return attentionEager(input);
    };
    const { state } = gptNeoBlock(config, weights, new Float64Array(8), { kind: 'global', attend });
    gptNeoBlock(config, weights, new Float64Array(4), { kind: 'local', attend, state });
    expect(seen).toEqual([
      [2, 0, 2, 2, undefined],
      [1, 2, 2, 2, 3],
    ]);
  });

  test('refuses rows that are not whole', () => {
    const weights = gptNeoLayer(config, 2);
    expect(() => gptNeoBlock(config, weights, new Float64Array(6), { kind: 'global' })).toThrow(
      new RangeError('"x.length / hiddenSize" expected an integer ≥ 0, got 1.5'),
    );
  });
});
