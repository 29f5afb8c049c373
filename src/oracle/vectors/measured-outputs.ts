/**
 * Inputs and outputs of blocks and models, with budgets that are measured (measured-scales.ts).
 */
import type { Floats, LayerWeights, MambaConfig } from '../../reference/types.ts';
import { rowScales } from './measured-scales.ts';
import type { Axes, Parameter, VectorInput, VectorOutput } from './vector-case.ts';

/**
 * Measured with a float32 program of its own over 200 seeds (test/oracle/vectors/false-alarms.test.ts): four times the
 * worst that was seen, 13 · 48 · 43, and for `gpu` eight times that, which is what model-bounds.ts found between the two.
 * Most seeds stay at a fifth of the worst, a Falcon-Mamba whose norms divide by something small.
 */
export const measuredFactors = { block: 52, model: 192, trace: 172 } as const;

type Measured = keyof typeof measuredFactors;

/** A small Mamba-1 of which the cases are variants. */
export const plainConfig: MambaConfig = {
  ...{ vocabSize: 23, dModel: 12, nLayer: 2, dInner: 24, dState: 4, dConv: 4, dtRank: 3, normEps: 1e-5 },
  ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
};

/** What a block computes on its way, by rows. */
export function intermediate(shape: readonly number[], data: Floats): VectorOutput {
  const scale = rowScales(data, shape[shape.length - 1]!);
  return measured('trace', ['row', 'i'], shape, { value: Float64Array.from(data), scale });
}

export function tensor(axes: Axes, shape: readonly number[], data: Floats): VectorInput {
  return { axes, shape, data: data as Float32Array };
}

export function whole(kind: Measured, axes: Axes, shape: readonly number[], value: Float64Array): VectorOutput {
  return measured(kind, axes, shape, { value, scale: rowScales(value, Math.max(1, value.length)) });
}

/** @param values what is right, and the norm by which it is measured */
export function measured(
  kind: Measured,
  axes: Axes,
  shape: readonly number[],
  { value, scale }: { readonly value: Float64Array; readonly scale: Float64Array },
): VectorOutput {
  const strict = measuredFactors[kind];
  return {
    ...{ axes, shape, value, scale: { strict: scale, gpu: scale }, state: scale, basis: 'measured' },
    factor: { strict, gpu: 8 * strict },
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
