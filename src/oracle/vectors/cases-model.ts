/**
 * The cases of tiny whole models.
 */
import { headWeight, mambaModelForward, mambaModelLogits } from '../../reference/mamba-model.ts';
import type { MambaConfig } from '../../reference/types.ts';
import { nudgedRuns, nudgedWeights } from './conditions.ts';
import { drawWeights } from './draw-weights.ts';
import { randomOf } from './grid.ts';
import {
  falconConfig,
  measured,
  oddConfig,
  parametersOf,
  plainConfig,
  tensor,
  weightInputs,
} from './measured-outputs.ts';
import { linearScales } from './measured-scales.ts';
import type { VectorCase } from './vector-case.ts';

interface Spec {
  readonly config: MambaConfig;
  readonly note: string;
  /** Numbers of 24 bits. */
  readonly wide?: boolean;
}

const headed: MambaConfig = { ...falconConfig, tieWordEmbeddings: false };

const models: Readonly<Record<string, Spec>> = {
  mamba: { config: plainConfig, note: 'Mamba-1, two layers, the head tied' },
  falcon: { config: headed, note: 'Falcon-Mamba, a head of its own' },
  odd: { config: { ...oddConfig, dConv: 2 }, note: 'sizes that no vector of four fits, two taps' },
  wide: { config: { ...plainConfig, useBias: true }, wide: true, note: 'Mamba-1, weights of 24 bits' },
  'falcon-wide': { config: headed, wide: true, note: 'Falcon-Mamba, weights of 24 bits' },
};

export function* modelCases(seed: number): Generator<VectorCase> {
  for (const [name, { config, note, wide = false }] of Object.entries(models)) {
    const random = randomOf(seed, `model/${name}`);
    const rows = 11;
    const { vocabSize, dModel } = config;
    const weights = drawWeights(config, random, wide);
    const ids = Array.from(random.indices(rows, vocabSize));
    const { hidden } = mambaModelForward(config, weights, ids);
    const logits = mambaModelLogits(config, weights, hidden);
    const scale = linearScales(hidden, headWeight(config, weights), dModel);
    const nudged = nudgedRuns(random, (nudge) => {
      const moved = nudgedWeights(weights, nudge);
      return { logits: mambaModelLogits(config, moved, mambaModelForward(config, moved, ids).hidden) };
    });
    yield {
      ...{ name: `model/${name}`, operation: 'model', note, narrow: !wide, parameters: parametersOf(config) },
      inputs: {
        ids: { axes: ['t'], shape: [rows], data: Int32Array.from(ids) },
        embeddingWeight: tensor(['v', 'i'], [vocabSize, dModel], weights.embeddingWeight),
        ...Object.assign({}, ...weights.layers.map((layer, l) => weightInputs(config, layer, `layers.${l}.`))),
        normFWeight: tensor(['i'], [dModel], weights.normFWeight),
        ...(weights.lmHeadWeight && { lmHeadWeight: tensor(['v', 'i'], [vocabSize, dModel], weights.lmHeadWeight) }),
      },
      outputs: {
        logits: measured('logits', ['t', 'v'], [rows, vocabSize], {
          value: logits,
          scale,
          nudged: nudged.map((one) => one.logits),
        }),
      },
    };
  }
}
