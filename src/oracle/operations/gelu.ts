/**
 * gelu_new of rows, in place and not.
 */
import { geluNew } from '../../reference/gelu.ts';
import { sigmoid } from '../../reference/softplus.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Operation, Problem } from '../operation.ts';

export interface GeluProblem extends Problem {
  readonly rows: number;
  readonly width: number;
  readonly x: Float32Array; // (rows, width)
  /** out is x. */
  readonly inPlace: boolean;
}

export const gelu: Operation<GeluProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const width = random.size(2 * most);
    const x = random.floats(rows * width);
    return { rows, width, x, inPlace: random.boolean(), gaps: random.gaps('out', 'x') };
  },

  truth({ rows, width, x }, arithmetic) {
    const value = Float64Array.from(x, geluNew);
    const scale = value.map((size, i) => errorOf(x[i]!, Math.abs(size), arithmetic));
    // 1 + tanh cancels below 0 in the reference: some of float64's u times |x|.
    const extra = Float64Array.from(x, (v) => 2 ** -51 * Math.abs(v));
    return [{ name: 'out', shape: { t: rows, i: width }, value, scale, extra }];
  },
};

/**
 * gelu(x) = x·σ(v), v = x·(c + d·x²): v is off by 5 roundings at most (both constants, the square, two products, the sum: no
 * term meets more), which σ stretches by |v|·(1 − σ(v)); σ and the product are within the ulp of a sigmoid, and one.
 */
function errorOf(x: number, size: number, { sigmoid: rounded, lost }: Arithmetic): number {
  const v = 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
  const { error } = rounded(v);
  return Math.abs(x) * error + size * (5 * Math.abs(v) * (1 - sigmoid(v)) + 1) + lost(1);
}
