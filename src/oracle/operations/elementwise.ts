/**
 * exp, softplus, silu and sigmoid of arrays: numbers on the grid, and any float32 that softplus does not make trivial.
 */
import { silu } from '../../reference/silu.ts';
import { sigmoid, softplus } from '../../reference/softplus.ts';
import type { Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';

export interface ElementwiseProblem extends Problem {
  readonly x: Float32Array;
}

export const exp = elementwise(Math.exp);
export const softplusOf = elementwise(softplus);
export const siluOf = elementwise(silu);
export const sigmoidOf = elementwise(sigmoid);

function elementwise(f: (x: number) => number): Operation<ElementwiseProblem> {
  return {
    draw(random, most) {
      const length = random.size(2 * most);
      const x = random.floats(length);
      if (random.boolean())
        for (let i = 0; i < length; i++) x[i] = (random.word() / 2 ** 31 - 1) * random.pick([1, 20, 110]);
      return { x, gaps: {} };
    },

    truth({ x }) {
      const value = Float64Array.from(x, f);
      return [{ name: 'out', shape: { i: x.length }, value, scale: magnitudesOf(value) }];
    },
  };
}
