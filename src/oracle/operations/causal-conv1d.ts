/**
 * causalConv1d over packed sequences that carry their states.
 */
import type { CausalConv1dInput } from '../../reference/causal-conv1d.ts';
import { causalConv1d as reference } from '../../reference/causal-conv1d.ts';
import { silu } from '../../reference/silu.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';

export interface CausalConv1dProblem extends Problem {
  readonly seqLen: number;
  readonly cuSeqlens: readonly number[];
  readonly dInner: number;
  readonly dConv: number;
  readonly x: Float32Array; // (seqLen, dInner)
  readonly weight: Float32Array; // (dConv, dInner): taps first
  readonly bias?: Float32Array | undefined; // (dInner)
  readonly state: Float32Array; // (sequences, dConv − 1, dInner)
  readonly silu: boolean;
}

export const causalConv1d: Operation<CausalConv1dProblem> = {
  draw(random, most) {
    const seqLen = random.size(most);
    const dInner = random.size(most);
    const dConv = random.pick([1, 2, 3, 4, 4, 5]);
    const cuSeqlens = random.cuSeqlens(seqLen);
    return {
      ...{ seqLen, dInner, dConv, cuSeqlens },
      x: random.floats(seqLen * dInner),
      weight: random.floats(dConv * dInner),
      bias: random.maybeFloats(dInner),
      state: random.floats((cuSeqlens.length - 1) * (dConv - 1) * dInner),
      silu: random.integer(0, 3) > 0,
      gaps: random.gaps('out', 'x'),
    };
  },

  truth(problem, arithmetic) {
    const { seqLen, dInner, dConv, cuSeqlens } = problem;
    const input = inputOf(problem);
    const { y, convState } = reference(input);
    const { x, weight, bias } = input;
    const absolute = { x: magnitudesOf(x), weight: magnitudesOf(weight), bias: bias && magnitudesOf(bias) };
    const convStateMagnitudes = magnitudesOf(problem.state);
    const { y: magnitudes } = reference({ ...input, ...absolute, convState: convStateMagnitudes });
    const scale = arithmetic.uniform ? magnitudes : countedErrors(problem, y, magnitudes, arithmetic);
    const shape = { t: seqLen, d: dInner };
    return [
      { name: 'y', shape, value: problem.silu ? y.map(silu) : y, scale },
      { name: 'state', shape: { s: cuSeqlens.length - 1, k: dConv - 1, d: dInner }, value: convState },
    ];
  },
};

/** dConv products, each in dConv sums, and the bias; silu stretches by at most 1.1, and has an error of its own. */
function countedErrors(
  { dConv, silu: gated }: CausalConv1dProblem,
  sums: Float64Array,
  magnitudes: Float64Array,
  arithmetic: Arithmetic,
): Float64Array {
  return magnitudes.map((size, i) => {
    const error = (dConv + 1) * (size + arithmetic.lost(1));
    return gated ? 1.1 * error + arithmetic.silu(sums[i]!).error : error;
  });
}

/** In the reference's layout. */
export function inputOf(
  problem: CausalConv1dProblem,
): CausalConv1dInput & { x: Float32Array; weight: Float32Array; bias?: Float32Array | undefined } {
  const { dInner, dConv, weight, state } = problem;
  const channelsFirst = Float32Array.from({ length: weight.length }, (_, i) => {
    return weight[(i % dConv) * dInner + Math.floor(i / dConv)]!;
  });
  return { ...problem, weight: channelsFirst, convState: state };
}
