/**
 * The cases of one block, with what it computes on its way.
 */
import { mambaBlock } from '../../reference/mamba-block.ts';
import type { Floats, LayerWeights, MambaConfig } from '../../reference/types.ts';
import type { Random } from '../random.ts';
import type { Run } from './conditions.ts';
import { nudgedLayer, nudgedRuns } from './conditions.ts';
import { drawWeights } from './draw-weights.ts';
import { grid, randomOf, widened } from './grid.ts';
import {
  falconConfig,
  intermediate,
  measured,
  oddConfig,
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
  readonly rows?: number;
  /** Numbers of 24 bits. */
  readonly wide?: boolean;
}

const few = { rows: 5, continued: true } as const;

const blocks: Readonly<Record<string, Spec>> = {
  mamba: { config: plainConfig, continued: false, note: 'Mamba-1 from nothing' },
  continued: { config: plainConfig, continued: true, note: 'Mamba-1 from a state' },
  biases: {
    config: { ...plainConfig, useBias: true, useConvBias: false, dState: 16, dConv: 3 },
    ...{ continued: false, note: 'biases in inProj and outProj, none in the convolution' },
  },
  falcon: { config: falconConfig, continued: true, note: 'norms on Δ, B and C' },
  odd: { ...few, config: { ...oddConfig, dConv: 1 }, note: 'sizes that no vector of four fits, one tap' },
  wide: {
    ...{ ...few, config: { ...plainConfig, useBias: true }, wide: true },
    note: 'numbers of 24 bits, a bias wherever there can be one',
  },
  'falcon-wide': { ...few, config: falconConfig, wide: true, note: 'numbers of 24 bits, norms on Δ, B and C' },
};

export function* blockCases(seed: number): Generator<VectorCase> {
  for (const [name, spec] of Object.entries(blocks)) yield blockCase(name, randomOf(seed, `block/${name}`), spec);
}

function blockCase(name: string, random: Random, spec: Spec): VectorCase {
  const { config, continued, note, rows = 9, wide = false } = spec;
  const { dModel, dInner, dState, dConv } = config;
  const weights = drawWeights(config, random, wide).layers[0]!;
  const numbers = (length: number) => (wide ? widened(grid(random, length)) : grid(random, length));
  const input = numbers(rows * dModel);
  const given = { convState: numbers((dConv - 1) * dInner), h: numbers(dInner * dState) };
  const shapes: Record<string, readonly number[]> = {};
  const run = runOf(config, { ...given, input, weights, continued }, shapes);
  const { out, convState, h, ...steps } = run((data) => Float64Array.from(data)) as Record<string, Float64Array>;
  const nudged = nudgedRuns(random, run);
  const of = (key: string) => nudged.map((outputs) => outputs[key]);
  const stateInputs = { convState: tensor(['k', 'd'], [dConv - 1, dInner], given.convState) };
  const scale = linearScales(steps.y!, weights.outProjWeight, dInner);
  const { normWeight: _, ...mixerWeights } = weightInputs(config, weights, ''); // the norm is the model's
  const between = Object.entries(steps).map(([key, data]) => {
    return [key, { ...intermediate(key, shapes[key]!, data, of(key)), optional: true }];
  });
  return {
    ...{ name: `block/${name}`, operation: 'block', note, narrow: !wide, parameters: parametersOf(config) },
    inputs: {
      input: tensor(['t', 'i'], [rows, dModel], input),
      ...(continued && { ...stateInputs, h: tensor(['d', 'n'], [dInner, dState], given.h) }),
      ...mixerWeights,
    },
    outputs: {
      out: measured('out', ['t', 'i'], [rows, dModel], { value: out!, scale, nudged: of('out') }),
      convState: whole('convState', ['k', 'd'], [dConv - 1, dInner], { value: convState!, nudged: of('convState') }),
      h: whole('h', ['d', 'n'], [dInner, dState], { value: h!, nudged: of('h') }),
      ...Object.fromEntries(between),
    },
  };
}

interface Operands {
  readonly weights: LayerWeights;
  readonly input: Floats;
  readonly convState: Floats;
  readonly h: Floats;
  /** From the state, or else from nothing. */
  readonly continued: boolean;
}

/** The block on nudged operands; fills in the shapes of what it computes on its way. */
function runOf(config: MambaConfig, given: Operands, shapes: Record<string, readonly number[]>): Run {
  return (nudge) => {
    const state = { convState: nudge(given.convState), h: nudge(given.h) };
    const steps: Record<string, Floats> = {};
    const trace = (what: string, shape: readonly number[], data: Floats) => {
      if (['out', 'convState', 'hLast'].includes(what)) return;
      [steps[what], shapes[what]] = [data, shape];
    };
    const { out, state: last } = mambaBlock(config, nudgedLayer(given.weights, nudge), nudge(given.input), {
      ...{ trace, ...(given.continued && { state }) },
    });
    return { ...steps, out, convState: last.convState, h: last.h };
  };
}
