/**
 * The cases of one block, of tiny whole models, and of each layer of a model that is published.
 */
import { mambaBlock } from '../../reference/mamba-block.ts';
import { headWeight, mambaModelForward, mambaModelLogits } from '../../reference/mamba-model.ts';
import type { Floats, LayerWeights, MambaConfig, Weights } from '../../reference/types.ts';
import { Random } from '../random.ts';
import { drawWeights } from './draw-weights.ts';
import { grid } from './grid.ts';
import { linearScales, rowScales } from './measured-scales.ts';
import type { Axes, Parameter, VectorCase, VectorInput, VectorOutput } from './vector-case.ts';

/**
 * Measured with a float32 program of its own over 200 seeds (test/oracle/vectors/false-alarms.test.ts): four times the
 * worst that was seen, 13 · 48 · 43, and for `gpu` eight times that, which is what model-bounds.ts found between the two.
 * Most seeds stay at a fifth of the worst, a Falcon-Mamba whose norms divide by something small.
 */
export const measuredFactors = { block: 52, model: 192, trace: 172 } as const;

type Measured = keyof typeof measuredFactors;

const plain: MambaConfig = {
  ...{ vocabSize: 23, dModel: 12, nLayer: 2, dInner: 24, dState: 4, dConv: 4, dtRank: 3, normEps: 1e-5 },
  ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
};

const blocks: Readonly<Record<string, { readonly config: MambaConfig; readonly continued: boolean; note: string }>> = {
  mamba: { config: plain, continued: false, note: 'Mamba-1 from nothing' },
  continued: { config: plain, continued: true, note: 'Mamba-1 from a state' },
  biases: {
    config: { ...plain, useBias: true, useConvBias: false, dState: 16, dConv: 3 },
    ...{ continued: false, note: 'biases in inProj and outProj, none in the convolution' },
  },
  falcon: { config: { ...plain, mixerRmsEps: 1e-6 }, continued: true, note: 'norms on Δ, B and C' },
};

export function* blockCases(seed: number): Generator<VectorCase> {
  for (const [i, [name, { config, continued, note }]] of Object.entries(blocks).entries()) {
    const random = new Random(seed + 4000 + i);
    const rows = 9;
    const { dModel, dInner, dState, dConv } = config;
    const weights = drawWeights(config, random).layers[0]!;
    const input = grid(random, rows * dModel);
    const given = { convState: grid(random, (dConv - 1) * dInner), h: grid(random, dInner * dState) };
    const state = { convState: Float64Array.from(given.convState), h: Float64Array.from(given.h) };
    const steps: Record<string, VectorOutput> = {};
    const trace = (what: string, shape: readonly number[], data: Floats) => {
      if (!['out', 'convState', 'hLast'].includes(what)) steps[what] = { ...intermediate(shape, data), optional: true };
    };
    const { out, state: last } = mambaBlock(config, weights, input, { trace, ...(continued && { state }) });
    const stateInputs = { convState: tensor(['k', 'd'], [dConv - 1, dInner], given.convState) };
    yield {
      ...{ name: `block/${name}`, operation: 'block', note, narrow: true, parameters: parametersOf(config) },
      inputs: {
        input: tensor(['t', 'i'], [rows, dModel], input),
        ...(continued && { ...stateInputs, h: tensor(['d', 'n'], [dInner, dState], given.h) }),
        ...weightInputs(config, weights, ''),
      },
      outputs: {
        out: measured(
          'block',
          ['t', 'i'],
          [rows, dModel],
          out,
          linearScales(steps.y!.value, weights.outProjWeight, dInner),
        ),
        convState: whole('block', ['k', 'd'], [dConv - 1, dInner], last.convState),
        h: whole('block', ['d', 'n'], [dInner, dState], last.h),
        ...steps,
      },
    };
  }
}

const models: Readonly<Record<string, { readonly config: MambaConfig; note: string }>> = {
  mamba: { config: plain, note: 'Mamba-1, two layers, the head tied' },
  falcon: {
    config: { ...plain, mixerRmsEps: 1e-6, tieWordEmbeddings: false },
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
      outputs: { logits: measured('model', ['t', 'v'], [rows, vocabSize], logits, scale) },
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

/** What a block computes on its way, by rows. */
function intermediate(shape: readonly number[], data: Floats): VectorOutput {
  const scale = rowScales(data, shape[shape.length - 1]!);
  return measured('trace', ['row', 'i'], shape, Float64Array.from(data), scale);
}

function tensor(axes: Axes, shape: readonly number[], data: Floats): VectorInput {
  return { axes, shape, data: data as Float32Array };
}

function whole(kind: Measured, axes: Axes, shape: readonly number[], value: Float64Array): VectorOutput {
  return measured(kind, axes, shape, value, rowScales(value, Math.max(1, value.length)));
}

function measured(
  kind: Measured,
  axes: Axes,
  shape: readonly number[],
  value: Float64Array,
  scale: Float64Array,
): VectorOutput {
  const strict = measuredFactors[kind];
  return {
    ...{ axes, shape, value, scale: { strict: scale, gpu: scale }, state: scale, basis: 'measured' },
    factor: { strict, gpu: 8 * strict },
  };
}

function parametersOf(config: MambaConfig): Readonly<Record<string, Parameter>> {
  return { ...config };
}

function weightInputs(config: MambaConfig, weights: LayerWeights, prefix: string): Record<string, VectorInput> {
  const { dModel, dInner, dState, dConv, dtRank } = config;
  const shapes: Readonly<Record<keyof LayerWeights, readonly [Axes, readonly number[]]>> = {
    normWeight: [['i'], [dModel]],
    inProjWeight: [
      ['j', 'i'],
      [2 * dInner, dModel],
    ],
    inProjBias: [['j'], [2 * dInner]],
    conv1dWeight: [
      ['d', 'k'],
      [dInner, dConv],
    ],
    conv1dBias: [['d'], [dInner]],
    xProjWeight: [
      ['j', 'd'],
      [dtRank + 2 * dState, dInner],
    ],
    dtProjWeight: [
      ['d', 'r'],
      [dInner, dtRank],
    ],
    dtProjBias: [['d'], [dInner]],
    aLog: [
      ['d', 'n'],
      [dInner, dState],
    ],
    D: [['d'], [dInner]],
    outProjWeight: [
      ['i', 'd'],
      [dModel, dInner],
    ],
    outProjBias: [['i'], [dModel]],
  };
  const inputs: Record<string, VectorInput> = {};
  for (const [field, [axes, shape]] of Object.entries(shapes)) {
    const data = weights[field as keyof LayerWeights];
    if (data !== undefined) inputs[`${prefix}${field}`] = tensor(axes, shape, data);
  }
  return inputs;
}
