/**
 * A linear time-invariant SSM of one channel with a dense real Ā, as HiPPO gives it: the same three ways to run it as
 * for a diagonal one (lti.ts, lti-convolution.ts, lti-scan.ts).
 *
 *   h_t = Ā·h_{t−1} + B̄·u_t     y_t = Σ_n C_n·h_t[n] + D·u_t
 *
 * Source: the Mamba paper, §2, eq. 2 and 3. y reads the new state, and h_{−1} = h0, 0 unless given.
 */

import type { DenseAffine } from './dense-affine.ts';
import { affineImage, denseAffine } from './dense-affine.ts';
import { convolveCausal } from './fft.ts';
import type { LtiOutput } from './lti.ts';
import { matrixIdentity, matrixMultiply } from './matrix.ts';
import type { Scan } from './monoid.ts';
import { scanBlelloch } from './scan-blelloch.ts';
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

/** A discrete system; `discretizeZohDense` and its like make aBar and bBar. */
export interface LtiDense {
  readonly aBar: Floats; // (dState, dState)
  readonly bBar: Floats; // (dState)
  readonly C: Floats; // (dState)
  readonly D: number; // 0 for none
}

/**
 * The recurrence, token by token.
 *
 * @param u (seqLen)
 * @param h0 (dState) or absent
 * @throws RangeError when a length does not fit
 */
export function ltiRecurrenceDense(system: LtiDense, u: Floats, h0?: Floats): LtiOutput {
  let h = initialState(system, h0);
  const y = Float64Array.from(u, (input) => {
    h = affineImage(system.aBar, h, scaled(input, system.bBar));
    return dot(system.C, h) + system.D * input;
  });
  return { y, hLast: h };
}

/**
 * The kernel K[l] = C·Ā^l·B̄.
 *
 * @returns K (seqLen)
 * @throws RangeError when a length does not fit
 */
export function ltiKernelDense(system: LtiDense, seqLen: number): Float64Array {
  expectSize('seqLen', seqLen);
  initialState(system);
  return freeResponse(system, system.bBar, seqLen);
}

/**
 * The convolution, through the FFT: y_t = Σ_{l ≤ t} K[l]·u_{t−l} + C·Ā^{t+1}·h0 + D·u_t.
 *
 * @param u (seqLen)
 * @param h0 (dState) or absent
 * @throws RangeError when a length does not fit
 */
export function ltiConvolutionDense(system: LtiDense, u: Floats, h0?: Floats): LtiOutput {
  const start = initialState(system, h0);
  const driven = convolveCausal(ltiKernelDense(system, u.length), u);
  const remembered = freeResponse(system, affineImage(system.aBar, start, new Float64Array(start.length)), u.length);
  const y = driven.map((value, t) => value + remembered[t]! + system.D * u[t]!);
  return { y, hLast: ltiFinalStateDense(system, u, h0) };
}

/**
 * The final state in closed form, h_{L−1} = Ā^L·h0 + Σ_t Ā^{L−1−t}·B̄·u_t, from the last token back.
 *
 * @param u (seqLen)
 * @param h0 (dState) or absent
 * @returns (dState)
 * @throws RangeError when a length does not fit
 */
export function ltiFinalStateDense(system: LtiDense, u: Floats, h0?: Floats): Float64Array {
  const start = initialState(system, h0);
  const n = start.length;
  let power = matrixIdentity(n);
  let sum: Float64Array = new Float64Array(n);
  for (let t = u.length - 1; t >= 0; t--) {
    sum = affineImage(power, scaled(u[t]!, system.bBar), sum);
    power = matrixMultiply({ rows: n, inner: n, columns: n }, power, system.aBar);
  }
  return affineImage(power, start, sum);
}

/**
 * The recurrence as an inclusive scan over affine maps with a matrix each: n³ work a combine, where a diagonal Ā has n.
 *
 * @param u (seqLen)
 * @param h0 (dState) or absent; it enters the first map
 * @param scan any inclusive scan
 * @throws RangeError when a length does not fit
 */
export function ltiScanDense(system: LtiDense, u: Floats, h0?: Floats, scan: Scan = scanBlelloch): LtiOutput {
  const start = initialState(system, h0);
  const A = Float64Array.from(system.aBar);
  const steps = Array.from(u, (input, t): DenseAffine => {
    const b = scaled(input, system.bBar);
    return { A, b: t === 0 ? affineImage(A, start, b) : b };
  });
  const states = scan(denseAffine(start.length), steps).map(({ b }) => b);
  const y = Float64Array.from(u, (input, t) => dot(system.C, states[t]!) + system.D * input);
  return { y, hLast: states.at(-1) ?? start };
}

/** h_{−1} as a fresh array, after a look at every operand's length. */
function initialState(system: LtiDense, h0?: Floats): Float64Array {
  const dState = system.bBar.length;
  expectShape('aBar', system.aBar, { rows: dState, columns: dState });
  expectShape('C', system.C, { dState });
  expectOptionalShape('h0', h0, { dState });
  return Float64Array.from(h0 ?? new Float64Array(dState));
}

/** What is read while no input comes: C·Ā^l·h for l = 0 … count − 1. */
function freeResponse(system: LtiDense, h: Floats, count: number): Float64Array {
  const none = new Float64Array(h.length);
  let state = h;
  return Float64Array.from({ length: count }, () => {
    const y = dot(system.C, state);
    state = affineImage(system.aBar, state, none);
    return y;
  });
}

function scaled(factor: number, vector: Floats): Float64Array {
  return Float64Array.from(vector, (value) => factor * value);
}

function dot(x: Floats, y: Floats): number {
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += x[n]! * y[n]!;
  return sum;
}
