/**
 * exp, softplus, silu and sigmoid of arrays: numbers on the grid, and any float32 that softplus does not make trivial.
 */
import { silu } from '../../reference/silu.ts';
import { sigmoid, softplus } from '../../reference/softplus.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';
import type { Value } from '../running-error.ts';

export interface ElementwiseProblem extends Problem {
  readonly x: Float32Array;
}

export const exp = elementwise(Math.exp, (x, { within, expUlps }) => within(expUlps(x), Math.exp(x)));
export const softplusOf = elementwise(softplus, (x, arithmetic) => arithmetic.softplus(x));
export const siluOf = elementwise(silu, (x, arithmetic) => arithmetic.silu(x));
export const sigmoidOf = elementwise(sigmoid, (x, arithmetic) => arithmetic.sigmoid(x));

/** @param carrying f(x) with its error, for an arithmetic in which it is not so many ulp everywhere */
function elementwise(
  f: (x: number) => number,
  carrying: (x: number, arithmetic: Arithmetic) => Value,
): Operation<ElementwiseProblem> {
  return {
    draw(random, most) {
      const length = random.size(2 * most);
      const x = random.floats(length);
      if (random.boolean())
        for (let i = 0; i < length; i++) x[i] = (random.word() / 2 ** 31 - 1) * random.pick([1, 20, 110]);
      return { x, gaps: {} };
    },

    truth({ x }, arithmetic) {
      const value = Float64Array.from(x, f);
      const errors = () => Float64Array.from(x, (v) => carrying(v, arithmetic).error);
      return [
        { name: 'out', shape: { i: x.length }, value, scale: arithmetic.uniform ? magnitudesOf(value) : errors() },
      ];
    },
  };
}
