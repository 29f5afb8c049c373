/**
 * The cases of the selective scan, forward.
 */
import { selectiveScan } from '../../reference/selective-scan.ts';
import type { Random } from '../random.ts';
import { randomOf } from './grid.ts';
import { narrowestState } from './narrowest-state.ts';
import { drawScan, scanInputs, scanShapes } from './scan-spec.ts';
import { selectiveScanScales } from './selective-scan-scales.ts';
import type { Spec } from './selective-scan-specs.ts';
import { selectiveScanSpecs } from './selective-scan-specs.ts';
import { narrowStateScales } from './state-scales.ts';
import type { VectorCase } from './vector-case.ts';

/** To first order: less than a hundredth is left for the terms in u². */
export const firstOrder = 1.01;

/** @param full lengths around every power of two up to 2,048 as well */
export function* selectiveScanCases(seed: number, full: boolean): Generator<VectorCase> {
  for (const [name, spec] of selectiveScanSpecs(full))
    yield selectiveScanCase(name, randomOf(seed, `selectiveScan/${name}`), spec);
}

function selectiveScanCase(name: string, random: Random, spec: Spec): VectorCase {
  const input = drawScan(random, spec);
  const { seqLen, dInner, dState, groups, complex, constantB, constantC, discretization } = input;
  const { y, hLast } = selectiveScan(input);
  const cuSeqlens = Array.from(input.cuSeqlens!);
  const shapes = scanShapes({ ...input, cuSeqlens });
  const scales = { strict: selectiveScanScales(input, 'strict'), gpu: selectiveScanScales(input, 'gpu') };
  const { state, ...narrowest } = narrowestState((u) => narrowStateScales(input, u));
  const output = (key: 'y' | 'hLast', value: Float64Array) => ({
    ...{ ...shapes[key]!, value, scale: { strict: scales.strict[key], gpu: scales.gpu[key] } },
    ...{ state: state[key], factor: { strict: firstOrder, gpu: firstOrder }, basis: 'counted' as const },
  });
  return {
    ...{
      name: `selectiveScan/${name}`,
      operation: 'selectiveScan',
      note: spec.note,
      narrow: !(spec.wide || spec.tiny),
      ...narrowest,
    },
    parameters: {
      ...{ seqLen, dInner, dState, groups: groups!, complex: complex!, constantB: constantB!, constantC: constantC! },
      ...{ softplus: input.deltaSoftplus!, discretization: discretization!, cuSeqlens },
      by: spec.steps ? 'steps' : 'sequence',
    },
    inputs: scanInputs(input),
    outputs: { y: output('y', y), hLast: output('hLast', hLast) },
  };
}
