/**
 * Inputs and outputs of blocks and models, with budgets that are measured (measured-scales.ts).
 */
import type { Floats, LayerWeights, MambaConfig } from '../../reference/types.ts';
import { conditioned } from './conditions.ts';
import { rowScales } from './measured-scales.ts';
import type { Axes, ExpName, Parameter, VectorInput, VectorOutput } from './vector-case.ts';

/**
 * By what is computed: at least twice the worst of a float32 program of its own over 1,000 seeds
 * (test/oracle/vectors/measured-factors.test.ts), with a right exp, and with the worst that WGSL allows. `step` is
 * for all on the way that is not listed. `trace`: twice what the embedded model needs, whose sums are longer.
 */
export const measuredFactors = {
  out: { strict: 11, gpu: 24 },
  h: { strict: 11, gpu: 50 },
  y: { strict: 13, gpu: 28 },
  A: { strict: 4, gpu: 24 },
  logits: { strict: 13, gpu: 18 },
  step: { strict: 11, gpu: 14 },
  trace: { strict: 28, gpu: 56 },
} as const satisfies Record<string, Factor>;

type Factor = { readonly [E in ExpName]: number };

/** A small Mamba-1 of which the cases are variants. */
export const plainConfig: MambaConfig = {
  ...{ vocabSize: 23, dModel: 12, nLayer: 2, dInner: 24, dState: 4, dConv: 4, dtRank: 3, normEps: 1e-5 },
  ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
};

/** A small Falcon-Mamba: eight numbers of Δ before dtProj, since a norm of three may divide by next to nothing. */
export const falconConfig: MambaConfig = { ...plainConfig, dtRank: 8, mixerRmsEps: 1e-6 };

/** None of its sizes is a multiple of four. */
export const oddConfig: MambaConfig = { ...plainConfig, vocabSize: 19, dModel: 10, dInner: 21, dState: 5, dtRank: 3 };

type Nudged = readonly (Floats | undefined)[];

/** What a block computes on its way, by rows. */
export function intermediate(kind: string, shape: readonly number[], data: Floats, nudged: Nudged): VectorOutput {
  const scale = rowScales(data, shape[shape.length - 1]!);
  return measured(kind, ['row', 'i'], shape, { value: Float64Array.from(data), scale, nudged });
}

export function tensor(axes: Axes, shape: readonly number[], data: Floats): VectorInput {
  return { axes, shape, data: data as Float32Array };
}

type Whole = { readonly value: Float64Array; readonly nudged: Nudged };

export function whole(kind: string, axes: Axes, shape: readonly number[], { value, nudged }: Whole): VectorOutput {
  return measured(kind, axes, shape, { value, nudged, scale: rowScales(value, Math.max(1, value.length)) });
}

/** @param numbers what is right, the norm by which it is measured, and what it is when all operands are nudged */
export function measured(
  kind: string,
  axes: Axes,
  shape: readonly number[],
  { value, scale: norm, nudged }: Whole & { readonly scale: Float64Array },
): VectorOutput {
  const factors: Readonly<Record<string, Factor>> = measuredFactors;
  const scale = conditioned(norm, value, nudged);
  return {
    ...{ axes, shape, value, scale: { strict: scale, gpu: scale }, state: scale, basis: 'measured' },
    factor: factors[kind] ?? measuredFactors.step,
  };
}

export function parametersOf(config: MambaConfig): Readonly<Record<string, Parameter>> {
  return { ...config };
}

type WeightShapes = Readonly<Record<keyof LayerWeights, readonly [Axes, readonly number[]]>>;

function weightShapes({ dModel, dInner, dState, dConv, dtRank }: MambaConfig): WeightShapes {
  return {
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
}

/** The weights of a layer that are there, by their names behind the prefix. */
export function weightInputs(config: MambaConfig, weights: LayerWeights, prefix: string): Record<string, VectorInput> {
  const inputs: Record<string, VectorInput> = {};
  for (const [field, [axes, shape]] of Object.entries(weightShapes(config))) {
    const data = weights[field as keyof LayerWeights];
    if (data !== undefined) inputs[`${prefix}${field}`] = tensor(axes, shape, data);
  }
  return inputs;
}
