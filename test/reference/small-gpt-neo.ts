/**
 * Small GPT-Neos and small attentions for laws: sizes first, then numbers by a seed.
 */
import fc from 'fast-check';
import type { AttentionInput } from '../../src/reference/attention.ts';
import type { GptNeoConfig, GptNeoLayerWeights, GptNeoWeights } from '../../src/reference/gpt-neo-types.ts';
import { lengths } from '../arbitraries.ts';
import { seededGrid } from './seeded-grid.ts';

export const smallGptNeo: GptNeoConfig = {
  ...{ vocabSize: 7, maxPositions: 9, hiddenSize: 4, nLayer: 2, nHead: 2, intermediateSize: 6, windowSize: 3 },
  ...{ attentionKinds: ['global', 'local'], normEps: 1e-5 },
};

/** Models that hold `maxPositions` tokens, layers of either kind, none too. */
export function gptNeoConfigs(maxPositions: number): fc.Arbitrary<GptNeoConfig> {
  return fc
    .record({
      ...{ vocabSize: fc.integer({ min: 1, max: 5 }), nHead: fc.integer({ min: 1, max: 3 }) },
      ...{ headDim: fc.integer({ min: 1, max: 3 }), intermediateSize: fc.integer({ min: 1, max: 5 }) },
      ...{ windowSize: fc.integer({ min: 1, max: 5 }), normEps: fc.constantFrom(1e-5, 1 / 8) },
      attentionKinds: fc.array(fc.constantFrom('global' as const, 'local' as const), { maxLength: 3 }),
    })
    .map(({ headDim, ...sizes }) => ({
      ...{ ...sizes, maxPositions, hiddenSize: headDim * sizes.nHead, nLayer: sizes.attentionKinds.length },
    }));
}

/** Weights of one layer on the grid, |w| ≤ 1, norms around 1. */
export function gptNeoLayer({ hiddenSize: h, intermediateSize }: GptNeoConfig, seed: number): GptNeoLayerWeights {
  const take = seededGrid(seed);
  return {
    ...{ ln1Weight: take(h).map((w) => w + 1.25), ln1Bias: take(h) },
    ...{ qProjWeight: take(h * h), kProjWeight: take(h * h), vProjWeight: take(h * h) },
    ...{ outProjWeight: take(h * h), outProjBias: take(h) },
    ...{ ln2Weight: take(h).map((w) => w + 1.25), ln2Bias: take(h) },
    ...{ fcWeight: take(intermediateSize * h), fcBias: take(intermediateSize) },
    ...{ projWeight: take(h * intermediateSize), projBias: take(h) },
  };
}

export function gptNeoWeights(config: GptNeoConfig, seed: number): GptNeoWeights {
  const { vocabSize, maxPositions, hiddenSize, nLayer } = config;
  const take = seededGrid(seed);
  return {
    ...{ wteWeight: take(vocabSize * hiddenSize), wpeWeight: take(maxPositions * hiddenSize) },
    layers: Array.from({ length: nLayer }, (_, i) => gptNeoLayer(config, seed + 1000 * (i + 1))),
    ...{ lnFWeight: take(hiddenSize).map((w) => w + 1.25), lnFBias: take(hiddenSize) },
  };
}

/** A model, its weights, and ids that fit into it. */
export const gptNeoTexts = gptNeoConfigs(17).chain((config) =>
  fc.record({
    config: fc.constant(config),
    weights: fc.nat(1e6).map((seed) => gptNeoWeights(config, seed)),
    ids: lengths(config.maxPositions).chain((length) =>
      fc.array(fc.nat(config.vocabSize - 1), { minLength: length, maxLength: length }),
    ),
  }),
);

/** Attentions of up to `most` keys, some of them kept from before. Numbers have full mantissas: thirds of the grid's. */
export function attentions(most: number): fc.Arbitrary<AttentionInput & { readonly position: number }> {
  return fc
    .record({
      ...{ keys: lengths(most), share: fc.constantFrom(0, 0, 1 / 3, 1), seed: fc.nat(1e6) },
      ...{ nHead: fc.integer({ min: 1, max: 3 }), headDim: fc.integer({ min: 1, max: 4 }) },
      // Windows of one token, about a tile, and longer than the text.
      window: fc.constantFrom(undefined, 1, 2, 3, 7, 8, 9, 100),
      bound: fc.constantFrom(1, 4),
    })
    .map(({ keys, share, seed, nHead, headDim, window, bound }) => {
      const take = seededGrid(seed);
      const numbers = (rows: number) => take(rows * nHead * headDim, bound).map((x) => x / 3);
      const position = Math.floor(share * keys);
      const seqLen = keys - position;
      return {
        ...{ seqLen, position, nHead, headDim, window },
        q: numbers(seqLen),
        k: numbers(keys),
        v: numbers(keys),
      };
    });
}
