/**
 * What is added up in the gradients of the selective scan, on values that carry their errors: shared by the suite's bounds and
 * the vectors' scales, which differ in the order of the additions and in what they allow.
 */
import type { SelectiveScanGradients } from '../../reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { preDelta } from '../../reference/selective-scan-input.ts';
import { softplusBackward, softplusCut } from '../../reference/softplus.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';

/** By place in the gradient: all that is added up there. */
export type Terms = { readonly [K in keyof SelectiveScanGradients]: Value[][] };

/** One channel of one token on the way back: y's gradient, the states around the token, what comes from behind it. */
export interface Token {
  readonly t: number;
  readonly d: number;
  readonly dYT: Value;
  readonly before: readonly Value[];
  readonly after: readonly Value[];
  readonly dH: readonly Value[];
}

type Sizes = Pick<SelectiveScanInput, 'seqLen' | 'dInner' | 'dState'> &
  Readonly<Record<'A' | 'B' | 'C', { readonly length: number }>>;

export function emptyTerms({ seqLen, dInner, dState, A, B, C }: Sizes, sequences: number): Terms {
  const places = (length: number): Value[][] => Array.from({ length }, () => []);
  const perToken = () => places(seqLen * dInner);
  return {
    ...{ dX: perToken(), dDelta: perToken(), dZ: perToken(), dA: places(A.length), dB: places(B.length) },
    ...{ dC: places(C.length), dD: places(dInner), dDeltaBias: places(dInner) },
    dH0: places(sequences * dInner * dState),
  };
}

/** softplus′ = σ, and 1 above the cut; with a bias its argument is off by u·|pre|, and σ′ = σ·(1 − σ). */
export function slopeOf(input: SelectiveScanInput, arithmetic: Arithmetic, t: number, d: number): Value {
  if (!input.deltaSoftplus) return exactly(1);
  const pre = preDelta(input, t, d);
  const size = softplusBackward(pre);
  const { error } = pre > softplusCut ? arithmetic.within(2, size) : arithmetic.sigmoid(pre);
  return { size, error: error + (input.deltaBias === undefined ? 0 : Math.abs(pre) * size * (1 - size)) };
}
