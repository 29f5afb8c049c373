/**
 * Small models for the laws of block and model: every switch of the configuration, sizes first, weights by a seed.
 */
import fc from 'fast-check';
import type { Floats, LayerState, LayerWeights, MambaConfig, State, Weights } from '../../src/reference/types.ts';
import { seededGrid } from './seeded-grid.ts';

/** One model with dModel 4, dInner 6, dState 3, dtRank 2, dConv 3, for tests of single cases. */
export const smallConfig: MambaConfig = {
  ...{ vocabSize: 7, dModel: 4, nLayer: 2, dInner: 6, dState: 3, dConv: 3, dtRank: 2, normEps: 1e-5 },
  ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
};

/** Configurations with all switches; `given` fixes some fields, `norms` are the eps of Falcon-Mamba's norms to draw from. */
export function configs(
  given: Partial<MambaConfig> = {},
  norms: readonly (number | undefined)[] = [undefined, 1e-6, 1 / 8],
): fc.Arbitrary<MambaConfig> {
  const size = (most: number) => fc.integer({ min: 1, max: most });
  return fc
    .record({
      ...{ vocabSize: size(5), dModel: size(4), nLayer: fc.nat(2), dInner: size(6), dState: size(3), dConv: size(4) },
      ...{ dtRank: size(2), normEps: fc.constantFrom(1e-5, 1 / 8) },
      ...{ useBias: fc.boolean(), useConvBias: fc.boolean(), tieWordEmbeddings: fc.boolean() },
      mixerRmsEps: fc.constantFrom(...norms),
      ...{ discretization: fc.constantFrom('mamba' as const, 'zoh' as const), selective: fc.boolean() },
    })
    .map(({ mixerRmsEps, ...config }) => ({
      ...config,
      ...(mixerRmsEps !== undefined && { mixerRmsEps }),
      ...given,
    }));
}

/** Weights of one layer on the grid, |w| ≤ 1, norms around 1. */
export function gridLayer(config: MambaConfig, seed: number): LayerWeights {
  const { dModel, dInner, dState, dConv, dtRank, useBias, useConvBias } = config;
  const take = seededGrid(seed);
  return {
    normWeight: take(dModel).map((w) => w + 1.25),
    inProjWeight: take(2 * dInner * dModel),
    ...(useBias && { inProjBias: take(2 * dInner) }),
    conv1dWeight: take(dInner * dConv),
    ...(useConvBias && { conv1dBias: take(dInner) }),
    xProjWeight: take((dtRank + 2 * dState) * dInner),
    dtProjWeight: take(dInner * dtRank),
    dtProjBias: take(dInner),
    aLog: take(dInner * dState),
    D: take(dInner),
    outProjWeight: take(dModel * dInner),
    ...(useBias && { outProjBias: take(dModel) }),
  };
}

export function gridWeights(config: MambaConfig, seed: number): Weights {
  const { vocabSize, dModel, nLayer, tieWordEmbeddings } = config;
  const take = seededGrid(seed);
  return {
    embeddingWeight: take(vocabSize * dModel, 2),
    layers: Array.from({ length: nLayer }, (_, i) => gridLayer(config, seed + 1000 * (i + 1))),
    normFWeight: take(dModel).map((w) => w + 1.25),
    ...(!tieWordEmbeddings && { lmHeadWeight: take(vocabSize * dModel) }),
  };
}

/** A state for `sequences` packed sequences. */
export function gridLayerState(config: MambaConfig, seed: number, sequences = 1): LayerState {
  const { dInner, dState, dConv } = config;
  const take = seededGrid(seed);
  return { convState: take(sequences * (dConv - 1) * dInner), h: take(sequences * dInner * dState) };
}

export function gridState(config: MambaConfig, seed: number, sequences = 1): State {
  return {
    layers: Array.from({ length: config.nLayer }, (_, i) => gridLayerState(config, seed + 1000 * i, sequences)),
  };
}

/** The s-th of the states in `packed`. */
export function stateOf(config: MambaConfig, packed: LayerState, s: number): LayerState {
  const { dInner, dState, dConv } = config;
  const [convSize, size] = [(dConv - 1) * dInner, dInner * dState];
  return {
    convState: packed.convState.slice(s * convSize, (s + 1) * convSize),
    h: packed.h.slice(s * size, (s + 1) * size),
  };
}

/** One tensor of a record of weights, and the record with another tensor in its place. */
export interface NamedTensor<W> {
  readonly name: string;
  readonly data: Float64Array;
  replace(data: Float64Array): W;
}

/** Every tensor of a layer by name. */
export function layerTensors<L extends object>(layer: L): NamedTensor<L>[] {
  return Object.entries(layer as Record<string, Floats>).map(([name, data]) => ({
    name,
    data: Float64Array.from(data),
    replace: (other) => ({ ...layer, [name]: other }),
  }));
}

/** Every tensor of a model, those of layer i called `layers.i.NAME`. */
export function modelTensors(weights: Weights): NamedTensor<Weights>[] {
  const { layers, ...outer } = weights;
  return [
    ...layerTensors(outer).map(({ name, data, replace }) => ({
      ...{ name, data },
      replace: (other: Float64Array) => ({ ...replace(other), layers }),
    })),
    ...layers.flatMap((layer, i) =>
      layerTensors(layer).map(({ name, data, replace }) => ({
        ...{ name: `layers.${i}.${name}`, data },
        replace: (other: Float64Array) => ({ ...weights, layers: layers.with(i, replace(other)) }),
      })),
    ),
  ];
}

/** The same weights in float32: on the grid, the same numbers. */
export function narrow<W>(weights: W): W {
  if (weights instanceof Float64Array) return new Float32Array(weights) as W;
  if (Array.isArray(weights)) return weights.map(narrow) as W;
  return Object.fromEntries(Object.entries(weights as object).map(([key, value]) => [key, narrow(value)])) as W;
}
