/**
 * linear in every dtype: the truth is computed on the weights as they are held.
 */
import type { WeightDtype } from '../../engine/backend.ts';
import { linear as reference } from '../../reference/linear.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Expected, Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';
import type { Random } from '../random.ts';
import { roundWeights } from '../rounding.ts';

export interface LinearProblem extends Problem {
  readonly rows: number;
  readonly dIn: number;
  readonly dOut: number;
  readonly dtype: WeightDtype;
  readonly x: Float32Array; // (rows, dIn)
  readonly weight: Float32Array; // (dOut, dIn), before it is rounded to the dtype
  readonly bias?: Float32Array | undefined; // (dOut)
  /** The old out (rows, dOut), to which the result is added. */
  readonly add?: Float32Array | undefined;
}

export const weightDtypes: readonly WeightDtype[] = ['f32', 'bf16', 'f16', 'q8_0'];

export const linear: Operation<LinearProblem> = { draw, truth };

function draw(random: Random, most: number): LinearProblem {
  const dtype = random.pick(weightDtypes);
  const rows = random.size(most);
  const dOut = random.size(2 * most);
  const dIn = dtype === 'q8_0' ? 32 * random.integer(0, Math.ceil(most / 8)) : random.size(2 * most);
  return {
    ...{ rows, dIn, dOut, dtype },
    x: random.floats(rows * dIn),
    weight: random.floats(dOut * dIn, random.pick([1, 0.3, 1 / 64, 50, 2 ** -20])),
    bias: random.maybeFloats(dOut),
    add: random.maybeFloats(rows * dOut),
    gaps: random.gaps('out', 'x'),
  };
}

function truth(problem: LinearProblem, { int16 }: Arithmetic): readonly Expected[] {
  const { rows, dOut, dtype, bias, add } = problem;
  const rounded = dtype === 'q8_0' && int16;
  const x = rounded ? rowsOfInt16(problem) : problem.x;
  const weight = roundWeights(problem.weight, dtype);
  const absWeight = magnitudesOf(weight);
  const value = reference(problem, x, weight, bias);
  const scale = reference(problem, magnitudesOf(x), absWeight, bias && magnitudesOf(bias));
  add?.forEach((old, i) => {
    value[i]! += old;
    scale[i]! += Math.abs(old);
  });
  const extra = rounded ? { extra: reference(problem, lossOfInt16(problem), absWeight) } : {};
  return [{ name: 'out', shape: { t: rows, i: dOut }, value, scale, ...extra }];
}

/** A row with NaN or Infinity has no scale: it is NaN. */
function rowsOfInt16({ dIn, x }: LinearProblem): Float32Array {
  return x.map((v, i) => {
    const start = i - (i % dIn);
    return x.subarray(start, start + dIn).every(Number.isFinite) ? v : NaN;
  });
}

/** Rounding to int16 moves each x[t,j] by at most ½ of max|x[t,:]|/32767, and two roundings of the factor by 0.004. */
function lossOfInt16({ rows, dIn, x }: LinearProblem): Float64Array {
  const loss = new Float64Array(rows * dIn);
  for (let t = 0; t < rows; t++) {
    const largest = x.subarray(t * dIn, (t + 1) * dIn).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    loss.fill((0.505 * largest) / 32767, t * dIn, (t + 1) * dIn);
  }
  return loss;
}
