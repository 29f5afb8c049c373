/**
 * The selective scan over packed sequences that carry their states: fused, and the same problems through memory.
 */
import { selectiveScan as reference } from '../../reference/selective-scan.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import type { Discretization } from '../../reference/types.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Expected, Operation, Problem } from '../operation.ts';
import type { Random } from '../random.ts';
import { selectiveScanErrors } from './selective-scan-errors.ts';

export interface SelectiveScanProblem extends Problem {
  readonly seqLen: number;
  readonly cuSeqlens: readonly number[];
  readonly dInner: number;
  readonly dState: number;
  readonly groups: number;
  readonly softplus: boolean;
  readonly discretization: Discretization;
  readonly x: Float32Array; // (seqLen, dInner)
  readonly delta: Float32Array; // (seqLen, dInner), before bias and softplus
  readonly A: Float32Array; // (dInner, dState)
  readonly B: Float32Array; // (seqLen, groups, dState), or (dInner, dState) with constantB
  readonly C: Float32Array; // (seqLen, groups, dState), or (dInner, dState) with constantC
  /** Not drawn for the scan forward, since a Backend does not offer them. */
  readonly constantB?: boolean;
  readonly constantC?: boolean;
  readonly D?: Float32Array | undefined; // (dInner)
  readonly z?: Float32Array | undefined; // (seqLen, dInner)
  readonly deltaBias?: Float32Array | undefined; // (dInner)
  readonly h: Float32Array; // (sequences, dInner, dState)
}

export const selectiveScan: Operation<SelectiveScanProblem> = { draw: drawSelectiveScan, truth };

export const selectiveScanUnfused = selectiveScan;

export function drawSelectiveScan(random: Random, most: number): SelectiveScanProblem {
  const seqLen = random.size(most);
  const groups = random.pick([1, 1, 2, 3]);
  const dInner = groups * random.size(Math.ceil(most / groups));
  const dState = random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 16, 17].filter((n) => n <= most));
  const cuSeqlens = random.cuSeqlens(seqLen);
  const sizes = { seqLen, cuSeqlens, dInner, dState, groups };
  return {
    ...{ ...sizes, discretization: random.pick(['mamba', 'mamba', 'zoh'] as const), ...steps(random, sizes) },
    x: random.floats(seqLen * dInner),
    B: random.floats(seqLen * groups * dState),
    C: random.floats(seqLen * groups * dState),
    D: random.maybeFloats(dInner),
    z: random.maybeFloats(seqLen * dInner, random.pick([1, 4, 50])),
    h: random.floats((cuSeqlens.length - 1) * dInner * dState),
    gaps: random.gaps('out', 'x', 'delta', 'B', 'C', 'z'),
  };
}

function truth(problem: SelectiveScanProblem, arithmetic: Arithmetic): readonly Expected[] {
  const input = inputOf(problem);
  const { y, hLast } = reference(input);
  const errors = selectiveScanErrors(input, arithmetic);
  const { seqLen, dInner, dState, cuSeqlens } = problem;
  return [
    { name: 'y', shape: { t: seqLen, d: dInner }, value: y, scale: errors.y },
    { name: 'hLast', shape: { s: cuSeqlens.length - 1, d: dInner, n: dState }, value: hLast, scale: errors.hLast },
  ];
}

/** In the reference's words. */
export function inputOf(problem: SelectiveScanProblem): SelectiveScanInput {
  return { ...problem, deltaSoftplus: problem.softplus, h0: problem.h };
}

type Steps = Pick<SelectiveScanProblem, 'softplus' | 'delta' | 'deltaBias' | 'A'>;

/** Δ and A. Mostly decay; where a state may grow the exponents are small, so that it stays a float32. */
function steps(random: Random, { seqLen, dInner, dState }: { seqLen: number; dInner: number; dState: number }): Steps {
  const decays = random.integer(0, 3) > 0;
  const A = random.floats(dInner * dState, decays ? random.pick([0.3, 1, 8]) : 1 / 8);
  return {
    softplus: decays || random.boolean(),
    delta: random.floats(seqLen * dInner, decays ? random.pick([0.3, 1, 4, 50]) : 1),
    deltaBias: random.maybeFloats(dInner, random.pick([0.3, 1])),
    A: decays ? A.map((a) => -Math.abs(a)) : A,
  };
}
