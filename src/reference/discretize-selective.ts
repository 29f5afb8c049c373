/**
 * Selective discretization: Δ and B differ from token to token, so Ā and B̄ do too (paper, Algorithm 2, line 5).
 *
 * This forms both at (seqLen, dInner, dState) in full, which is what the fused kernels avoid; they are judged by it.
 */
import type { Discrete, DiscretizationRule } from './discretize.ts';
import { discretizeMamba } from './discretize.ts';
import { expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface SelectiveDiscretizationInput {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dState: number;
  readonly delta: Floats; // (seqLen, dInner), after bias and softplus
  readonly A: Floats; // (dInner, dState)
  readonly B: Floats; // (seqLen, dState)
  readonly rule?: DiscretizationRule; // default discretizeMamba, as in every trained checkpoint
}

/**
 * Applies one scalar rule to every (token, channel, state).
 *
 *   (Ā[t,d,n], B̄[t,d,n]) = rule(Δ[t,d], A[d,n], B[t,n])
 *
 * @returns aBar, bBar (seqLen, dInner, dState)
 * @throws RangeError when a length does not fit
 */
export function discretizeSelective(input: SelectiveDiscretizationInput): Discrete<Float64Array> {
  const { seqLen, dInner, dState, delta, A, B, rule = discretizeMamba } = input;
  expectSize('seqLen', seqLen);
  expectSize('dInner', dInner);
  expectSize('dState', dState);
  expectShape('delta', delta, { seqLen, dInner });
  expectShape('A', A, { dInner, dState });
  expectShape('B', B, { seqLen, dState });

  const aBar = new Float64Array(seqLen * dInner * dState);
  const bBar = new Float64Array(seqLen * dInner * dState);
  for (let t = 0; t < seqLen; t++) {
    for (let d = 0; d < dInner; d++) {
      for (let n = 0; n < dState; n++) {
        const i = (t * dInner + d) * dState + n;
        const entry = rule(delta[t * dInner + d]!, A[d * dState + n]!, B[t * dState + n]!);
        aBar[i] = entry.aBar;
        bBar[i] = entry.bBar;
      }
    }
  }
  return { aBar, bBar };
}
