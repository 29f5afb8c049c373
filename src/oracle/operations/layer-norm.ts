/**
 * layerNorm, in place and not.
 */
import { layerNorm as reference } from '../../reference/layer-norm.ts';
import type { Operation, Problem } from '../operation.ts';
import { u } from '../operation.ts';

export interface LayerNormProblem extends Problem {
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
  readonly x: Float32Array; // (rows, width)
  readonly weight: Float32Array; // (width)
  readonly bias: Float32Array; // (width)
  /** out is x. */
  readonly inPlace: boolean;
}

export const layerNorm: Operation<LayerNormProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const width = random.size(2 * most);
    const x = random.floats(rows * width);
    const shift = random.pick([0, 0, 1, 64]); // a mean far from 0 is what a single pass would lose its digits by
    return {
      ...{ rows, width, eps: Math.fround(random.pick([1e-5, 1e-6, 1])) },
      x: x.map((v) => v + shift),
      weight: random.floats(width),
      bias: random.floats(width),
      inPlace: random.boolean(),
      gaps: random.gaps('out', 'x'),
    };
  },

  truth(problem) {
    const { rows, width, x, weight, bias } = problem;
    const value = reference(problem, x, weight, bias);
    return [{ name: 'out', shape: { t: rows, i: width }, value, scale: scaleOf(problem, value) }];
  },
};

/**
 * In units of u, with d = x − mean: the mean is off by its sum's roundings; d by that and one of its own; the variance by
 * 2|d| times as much, by its square (mean and numbers may be all alike) and by its sum's; the root keeps half of it, and
 * rounds twice more, as does the quotient; then two products, and the bias.
 */
function scaleOf({ rows, width, eps, x, weight, bias }: LayerNormProblem, value: Float64Array): Float64Array {
  const sums = width / 8 + 5;
  const scale = new Float64Array(rows * width);
  for (let t = 0; t < rows; t++) {
    const row = Float64Array.from(x.subarray(t * width, (t + 1) * width));
    const mean = average(row);
    const offMean = (sums + 1) * average(row.map(Math.abs));
    const d = row.map((v) => v - mean);
    const offD = d.map((v) => offMean + Math.abs(v));
    const variance = average(d.map((v) => v * v));
    const offVariance = average(d.map((v, i) => offD[i]! * (2 * Math.abs(v) + u * offD[i]!))) + (sums + 2) * variance;
    const inverse = 1 / Math.sqrt(variance + eps);
    const offInverse = (0.5 * (offVariance + variance + eps)) / (variance + eps) + 2;
    d.forEach((v, i) => {
      const scaled = (offD[i]! + Math.abs(v) * (offInverse + 2)) * inverse * Math.abs(weight[i]!);
      scale[t * width + i] = scaled + Math.abs(value[t * width + i]!) + Math.abs(bias[i]!);
    });
  }
  return scale;
}

function average(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
