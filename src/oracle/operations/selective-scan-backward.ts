/**
 * The gradients of the selective scan over packed sequences that carry their states, under Mamba's rule.
 */
import type { SelectiveScanGradients } from '../../reference/selective-scan-backward.ts';
import { selectiveScanBackward as reference } from '../../reference/selective-scan-backward.ts';
import type { Expected, Operation } from '../operation.ts';
import type { SelectiveScanProblem } from './selective-scan.ts';
import { drawSelectiveScan, inputOf } from './selective-scan.ts';
import { selectiveScanBackwardErrors } from './selective-scan-backward-errors.ts';

export interface SelectiveScanBackwardProblem extends SelectiveScanProblem {
  readonly discretization: 'mamba';
  readonly dY: Float32Array; // (seqLen, dInner)
  readonly dHLast?: Float32Array | undefined; // (sequences, dInner, dState)
}

type Shapes = { readonly [K in keyof SelectiveScanGradients]: Expected['shape'] };

export const selectiveScanBackward: Operation<SelectiveScanBackwardProblem> = {
  draw(random, most) {
    const problem = drawSelectiveScan(random, most);
    const { seqLen, dInner, dState, groups, h } = problem;
    const [constantB, constantC] = [random.integer(0, 3) === 0, random.integer(0, 3) === 0];
    const shared = (constant: boolean) => random.floats((constant ? dInner : seqLen * groups) * dState);
    return {
      ...{ ...problem, discretization: 'mamba', constantB, constantC, B: shared(constantB), C: shared(constantC) },
      dY: random.floats(seqLen * dInner),
      dHLast: random.maybeFloats(h.length),
    };
  },

  truth(problem, arithmetic) {
    const input = inputOf(problem);
    const gradients = reference(input, problem);
    const errors = selectiveScanBackwardErrors(input, problem, arithmetic);
    return Object.entries(shapesOf(problem)).map(([key, shape]) => {
      const name = key as keyof SelectiveScanGradients;
      return { name, shape, value: gradients[name], scale: errors[name] };
    });
  },
};

function shapesOf({ seqLen: t, dInner: d, dState: n, groups: g, ...problem }: SelectiveScanBackwardProblem): Shapes {
  const perChannel = { d, n };
  const perToken = { t, g, n };
  return {
    ...{ dX: { t, d }, dDelta: { t, d }, dA: perChannel },
    ...{ dB: problem.constantB ? perChannel : perToken, dC: problem.constantC ? perChannel : perToken },
    ...{ dD: { d }, dZ: { t, d }, dDeltaBias: { d } },
    dH0: { s: problem.cuSeqlens.length - 1, d, n },
  };
}
