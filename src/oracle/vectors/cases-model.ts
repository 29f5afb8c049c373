/**
 * The cases of tiny whole models, and of each layer of a model that is published.
 */
import { headWeight, mambaModelForward, mambaModelLogits } from '../../reference/mamba-model.ts';
import type { Floats, MambaConfig, Weights } from '../../reference/types.ts';
import { Random } from '../random.ts';
import { drawWeights } from './draw-weights.ts';
import { intermediate, measured, parametersOf, plainConfig, tensor, weightInputs } from './measured-outputs.ts';
import { linearScales } from './measured-scales.ts';
import type { VectorCase, VectorOutput } from './vector-case.ts';

const models: Readonly<Record<string, { readonly config: MambaConfig; note: string }>> = {
  mamba: { config: plainConfig, note: 'Mamba-1, two layers, the head tied' },
  falcon: {
    config: { ...plainConfig, mixerRmsEps: 1e-6, tieWordEmbeddings: false },
    note: 'Falcon-Mamba, a head of its own',
  },
};

export function* modelCases(seed: number): Generator<VectorCase> {
  for (const [i, [name, { config, note }]] of Object.entries(models).entries()) {
    const random = new Random(seed + 5000 + i);
    const rows = 11;
    const { vocabSize, dModel } = config;
    const weights = drawWeights(config, random);
    const ids = Array.from(random.indices(rows, vocabSize));
    const { hidden } = mambaModelForward(config, weights, ids);
    const logits = mambaModelLogits(config, weights, hidden);
    const scale = linearScales(hidden, headWeight(config, weights), dModel);
    yield {
      ...{ name: `model/${name}`, operation: 'model', note, narrow: true, parameters: parametersOf(config) },
      inputs: {
        ids: { axes: ['t'], shape: [rows], data: BigInt64Array.from(ids, BigInt) },
        embeddingWeight: tensor(['v', 'i'], [vocabSize, dModel], weights.embeddingWeight),
        ...Object.assign({}, ...weights.layers.map((layer, l) => weightInputs(config, layer, `layers.${l}.`))),
        normFWeight: tensor(['i'], [dModel], weights.normFWeight),
        ...(weights.lmHeadWeight && { lmHeadWeight: tensor(['v', 'i'], [vocabSize, dModel], weights.lmHeadWeight) }),
      },
      outputs: { logits: measured('model', ['t', 'v'], [rows, vocabSize], { value: logits, scale }) },
    };
  }
}

/**
 * What each layer of a model computes for a prompt; the weights are those of the model's own file, which the parameters
 * name.
 */
export function traceCase(config: MambaConfig, weights: Weights, ids: readonly number[], model: string): VectorCase {
  const outputs: Record<string, VectorOutput> = {};
  const trace = (name: string, shape: readonly number[], data: Floats) => {
    if (!/^layers\.\d+\.(conv|delta|B|C|y|out|residual)$|^hidden$/.test(name)) return;
    outputs[name] = intermediate(shape, data);
  };
  mambaModelForward(config, weights, ids, { trace });
  return {
    ...{ name: 'trace/embedded', operation: 'trace', narrow: false, parameters: { ...parametersOf(config), model } },
    note: `${model} on a prompt of ${ids.length} tokens, layer by layer`,
    inputs: { ids: { axes: ['t'], shape: [ids.length], data: BigInt64Array.from(ids, BigInt) } },
    outputs,
  };
}
