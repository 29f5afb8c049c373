/**
 * The convolution mode of a diagonal LTI SSM: what training S4 relies on, and what selection gives up.
 *
 * Once Ā, B̄ and C are the same for every token, the recurrence unrolls into y = K∗u with a kernel known beforehand.
 * Source: the Mamba paper, §2, eq. 3; S4D, arXiv:2206.11893, §3.2 (the kernel as a Vandermonde product).
 */
import { add, complexAt, multiply, one, scale, zero } from './complex.ts';
import { convolveCausal } from './fft.ts';
import type { Lti, LtiOutput } from './lti.ts';
import { ltiAdvance, ltiInitialState, ltiRead } from './lti.ts';
import { expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

/**
 * The convolution kernel: the answer to the impulse 1, 0, 0, …, without D.
 *
 *   K[l] = κ·Re(Σ_n C_n·Ā_n^l·B̄_n)
 *
 * @returns K (seqLen)
 * @throws RangeError when a length does not fit
 * Rounding: Ā^l comes from l products, so its relative error grows like l·u.
 */
export function ltiKernel(system: Lti, seqLen: number): Float64Array {
  expectSize('seqLen', seqLen);
  ltiInitialState(system);
  return freeResponse(system, Float64Array.from(system.bBar), seqLen);
}

/**
 * The convolution, through the FFT: all tokens at once.
 *
 *   y_t = Σ_{l ≤ t} K[l]·u_{t−l} + κ·Re(Σ_n C_n·Ā_n^{t+1}·h0[n]) + D·u_t
 *
 * @param u (seqLen)
 * @param h0 (dState, 2) or absent
 * @throws RangeError when a length does not fit
 */
export function ltiConvolution(system: Lti, u: Floats, h0?: Floats): LtiOutput {
  const start = ltiInitialState(system, h0);
  const driven = convolveCausal(ltiKernel(system, u.length), u);
  const remembered = freeResponse(system, ltiAdvance(system, start, 0), u.length);
  const y = driven.map((value, t) => value + remembered[t]! + system.D * u[t]!);
  return { y, hLast: ltiFinalState(system, u, h0) };
}

/**
 * The final state without the ones before it, from the last token back.
 *
 *   h_{L−1} = Ā^L∘h0 + Σ_t Ā^{L−1−t}∘B̄·u_t
 *
 * @param u (seqLen)
 * @param h0 (dState, 2) or absent
 * @returns (dState, 2)
 * @throws RangeError when a length does not fit
 */
export function ltiFinalState(system: Lti, u: Floats, h0?: Floats): Float64Array {
  const start = ltiInitialState(system, h0);
  const hLast = new Float64Array(start.length);
  for (let n = 0; n < start.length / 2; n++) {
    let power = one;
    let sum = zero;
    for (let t = u.length - 1; t >= 0; t--) {
      sum = add(sum, scale(u[t]!, multiply(power, complexAt(system.bBar, n))));
      power = multiply(power, complexAt(system.aBar, n));
    }
    hLast.set(add(sum, multiply(power, complexAt(start, n))), 2 * n);
  }
  return hLast;
}

/** What is read while no input comes: κ·Re(Σ_n C_n·Ā_n^l·h[n]) for l = 0 … count − 1. */
function freeResponse(system: Lti, h: Float64Array, count: number): Float64Array {
  let state = h;
  return Float64Array.from({ length: count }, () => {
    const y = ltiRead(system, state);
    state = ltiAdvance(system, state, 0);
    return y;
  });
}
