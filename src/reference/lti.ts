/**
 * A linear time-invariant SSM of one channel, with a complex diagonal Ā (S4D), and its recurrence.
 *
 *   h_t = Ā∘h_{t−1} + B̄·u_t     y_t = κ·Re(Σ_n C_n·h_t[n]) + D·u_t
 *
 * Source: the Mamba paper, §2, eq. 2; S4D, arXiv:2206.11893, §3. y reads the new state, and h_{−1} = h0, 0 unless given.
 * The same outputs all at once: lti-convolution.ts and lti-scan.ts. Dense Ā: lti-dense.ts.
 */
import { add, complexAt, multiply, scale } from './complex.ts';
import { expectOptionalShape, expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** A discrete system; `discretizeDiagonal` makes aBar and bBar. */
export interface Lti {
  readonly aBar: Floats; // (dState, 2)
  readonly bBar: Floats; // (dState, 2)
  readonly C: Floats; // (dState, 2)
  readonly D: number; // 0 for none
  /** 2 when the states are one half of conjugate pairs, 1 when they are all of them. */
  readonly kappa: 1 | 2;
}

export interface LtiOutput {
  readonly y: Float64Array; // (seqLen)
  readonly hLast: Float64Array; // shaped as h0, and equal to it when seqLen = 0
}

/**
 * The recurrence, token by token.
 *
 * @param u (seqLen)
 * @param h0 (dState, 2) or absent
 * @throws RangeError when a length does not fit
 */
export function ltiRecurrence(system: Lti, u: Floats, h0?: Floats): LtiOutput {
  let h = ltiInitialState(system, h0);
  const y = Float64Array.from(u, (input) => {
    h = ltiAdvance(system, h, input);
    return ltiRead(system, h) + system.D * input;
  });
  return { y, hLast: h };
}

/** Ā∘h + B̄·u, in a fresh array. */
export function ltiAdvance(system: Lti, h: Float64Array, u: number): Float64Array {
  const next = new Float64Array(h.length);
  for (let n = 0; n < h.length / 2; n++) {
    const kept = multiply(complexAt(system.aBar, n), complexAt(h, n));
    next.set(add(kept, scale(u, complexAt(system.bBar, n))), 2 * n);
  }
  return next;
}

/** κ·Re(Σ_n C_n·h[n]) */
export function ltiRead(system: Lti, h: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < h.length / 2; n++) {
    const [re] = multiply(complexAt(system.C, n), complexAt(h, n));
    sum += re;
  }
  return system.kappa * sum;
}

/**
 * h_{−1} as a fresh array, after a look at every operand's length.
 * @throws RangeError when one does not fit
 */
export function ltiInitialState(system: Lti, h0?: Floats): Float64Array {
  const dState = Math.floor(system.aBar.length / 2);
  expectShape('aBar', system.aBar, { dState, complex: 2 });
  expectShape('bBar', system.bBar, { dState, complex: 2 });
  expectShape('C', system.C, { dState, complex: 2 });
  expectOptionalShape('h0', h0, { dState, complex: 2 });
  return Float64Array.from(h0 ?? new Float64Array(2 * dState));
}
