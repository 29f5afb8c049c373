/**
 * The cases of one block, with what it computes on its way.
 */
import { mambaBlock } from '../../reference/mamba-block.ts';
import type { Floats, MambaConfig } from '../../reference/types.ts';
import { Random } from '../random.ts';
import { drawWeights } from './draw-weights.ts';
import { grid } from './grid.ts';
import { intermediate, measured, parametersOf, plainConfig, tensor, weightInputs, whole } from './measured-outputs.ts';
import { linearScales } from './measured-scales.ts';
import type { VectorCase, VectorOutput } from './vector-case.ts';

const blocks: Readonly<Record<string, { readonly config: MambaConfig; readonly continued: boolean; note: string }>> = {
  mamba: { config: plainConfig, continued: false, note: 'Mamba-1 from nothing' },
  continued: { config: plainConfig, continued: true, note: 'Mamba-1 from a state' },
  biases: {
    config: { ...plainConfig, useBias: true, useConvBias: false, dState: 16, dConv: 3 },
    ...{ continued: false, note: 'biases in inProj and outProj, none in the convolution' },
  },
  falcon: { config: { ...plainConfig, mixerRmsEps: 1e-6 }, continued: true, note: 'norms on Δ, B and C' },
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
        out: measured('block', ['t', 'i'], [rows, dModel], {
          value: out,
          scale: linearScales(steps.y!.value, weights.outProjWeight, dInner),
        }),
        convState: whole('block', ['k', 'd'], [dConv - 1, dInner], last.convState),
        h: whole('block', ['d', 'n'], [dInner, dState], last.h),
        ...steps,
      },
    };
  }
}
