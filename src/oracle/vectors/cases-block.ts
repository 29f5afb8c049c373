/**
 * The cases of one block, with what it computes on its way.
 */
import { mambaBlock } from '../../reference/mamba-block.ts';
import type { Floats, MambaConfig } from '../../reference/types.ts';
import type { Random } from '../random.ts';
import type { Run } from './conditions.ts';
import { nudgedLayer, nudgedRuns } from './conditions.ts';
import { drawWeights } from './draw-weights.ts';
import { grid, randomOf } from './grid.ts';
import {
  falconConfig,
  intermediate,
  measured,
  parametersOf,
  plainConfig,
  tensor,
  weightInputs,
  whole,
} from './measured-outputs.ts';
import { linearScales } from './measured-scales.ts';
import type { VectorCase } from './vector-case.ts';

interface Spec {
  readonly config: MambaConfig;
  readonly continued: boolean;
  readonly note: string;
}

const blocks: Readonly<Record<string, Spec>> = {
  mamba: { config: plainConfig, continued: false, note: 'Mamba-1 from nothing' },
  continued: { config: plainConfig, continued: true, note: 'Mamba-1 from a state' },
  biases: {
    config: { ...plainConfig, useBias: true, useConvBias: false, dState: 16, dConv: 3 },
    ...{ continued: false, note: 'biases in inProj and outProj, none in the convolution' },
  },
  falcon: { config: falconConfig, continued: true, note: 'norms on Δ, B and C' },
};

export function* blockCases(seed: number): Generator<VectorCase> {
  for (const [name, spec] of Object.entries(blocks)) yield blockCase(name, randomOf(seed, `block/${name}`), spec);
}

const rows = 9;

function blockCase(name: string, random: Random, { config, continued, note }: Spec): VectorCase {
  const { dModel, dInner, dState, dConv } = config;
  const weights = drawWeights(config, random).layers[0]!;
  const input = grid(random, rows * dModel);
  const given = { convState: grid(random, (dConv - 1) * dInner), h: grid(random, dInner * dState) };
  const shapes: Record<string, readonly number[]> = {};
  const run: Run = (nudge) => {
    const state = { convState: nudge(given.convState), h: nudge(given.h) };
    const steps: Record<string, Floats> = {};
    const trace = (what: string, shape: readonly number[], data: Floats) => {
      if (['out', 'convState', 'hLast'].includes(what)) return;
      [steps[what], shapes[what]] = [data, shape];
    };
    const { out, state: last } = mambaBlock(config, nudgedLayer(weights, nudge), nudge(input), {
      ...{ trace, ...(continued && { state }) },
    });
    return { ...steps, out, convState: last.convState, h: last.h };
  };
  const { out, convState, h, ...steps } = run((data) => Float64Array.from(data)) as Record<string, Float64Array>;
  const nudged = nudgedRuns(random, run);
  const of = (key: string) => nudged.map((outputs) => outputs[key]);
  const stateInputs = { convState: tensor(['k', 'd'], [dConv - 1, dInner], given.convState) };
  const scale = linearScales(steps.y!, weights.outProjWeight, dInner);
  const between = Object.entries(steps).map(([key, data]) => {
    return [key, { ...intermediate(key, shapes[key]!, data, of(key)), optional: true }];
  });
  return {
    ...{ name: `block/${name}`, operation: 'block', note, narrow: true, parameters: parametersOf(config) },
    inputs: {
      input: tensor(['t', 'i'], [rows, dModel], input),
      ...(continued && { ...stateInputs, h: tensor(['d', 'n'], [dInner, dState], given.h) }),
      ...weightInputs(config, weights, ''),
    },
    outputs: {
      out: measured('out', ['t', 'i'], [rows, dModel], { value: out!, scale, nudged: of('out') }),
      convState: whole('convState', ['k', 'd'], [dConv - 1, dInner], { value: convState!, nudged: of('convState') }),
      h: whole('h', ['d', 'n'], [dInner, dState], { value: h!, nudged: of('h') }),
      ...Object.fromEntries(between),
    },
  };
}
