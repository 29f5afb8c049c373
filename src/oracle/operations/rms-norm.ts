/**
 * rmsNorm, with and without a weight, in place and not.
 */
import { rmsNorm as reference } from '../../reference/rms-norm.ts';
import type { Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';

export interface RmsNormProblem extends Problem {
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
  readonly x: Float32Array; // (rows, width)
  readonly weight?: Float32Array | undefined; // (width)
  /** out is x. */
  readonly inPlace: boolean;
}

export const rmsNorm: Operation<RmsNormProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const width = random.size(2 * most);
    return {
      ...{ rows, width, eps: Math.fround(random.pick([1e-5, 1e-6, 0, 1])) },
      x: random.floats(rows * width),
      weight: random.maybeFloats(width),
      inPlace: random.boolean(),
      gaps: random.gaps('out', 'x'),
    };
  },

  truth(problem) {
    const { rows, width, x, weight } = problem;
    const value = reference(problem, x, weight);
    return [{ name: 'out', shape: { t: rows, i: width }, value, scale: magnitudesOf(value) }];
  },
};
