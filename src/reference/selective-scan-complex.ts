/**
 * The selective scan with a complex diagonal A, as in S4D and in the paper's complex Mamba (§3.6, "Initialization").
 *
 * The same two formulas as at the end of selective-scan.ts, over complex numbers. The real-valued system they stand
 * for has its states in conjugate pairs, of which one half is kept: hence y = 2·Re(Σ C·h).
 */
import { bFactorComplex } from './b-factor.ts';
import { add, complexAt, exp, multiply, scale } from './complex.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { indexB, indexC, stepSize } from './selective-scan-input.ts';

/** h ← Ā_t∘h + B̄_t·x_t, for every channel. */
export function advanceStateComplexInto(h: Float64Array, input: SelectiveScanInput, t: number): void {
  const { dInner, dState, x, A, B } = input;
  const { phi } = bFactorComplex(input.discretization);
  for (let d = 0; d < dInner; d++) {
    const delta = stepSize(input, t, d);
    const b = indexB(input, t, d);
    for (let n = 0; n < dState; n++) {
      const i = d * dState + n;
      const deltaA = scale(delta, complexAt(A, i));
      const aBar = exp(deltaA);
      const bBar = scale(delta, multiply(phi(deltaA), complexAt(B, b + n)));
      const next = add(multiply(aBar, complexAt(h, i)), scale(x[t * dInner + d]!, bBar));
      h.set(next, 2 * i);
    }
  }
}

/** 2·Re Σ_n C[t,n]·h[d,n] */
export function readStateComplex(h: Float64Array, input: SelectiveScanInput, t: number, d: number): number {
  const { dState, C } = input;
  const c = indexC(input, t, d);
  let sum = 0;
  for (let n = 0; n < dState; n++) {
    const [re] = multiply(complexAt(C, c + n), complexAt(h, d * dState + n));
    sum += re;
  }
  return 2 * sum;
}
