/**
 * What the roundings of the selective scan's gradients in float32 add up to (running-error.ts), Mamba's rule: the
 * formulas of src/reference/selective-scan-token-backward.ts on values that carry their errors. In what order the
 * tokens and channels of a gradient are added up does not matter: each term may meet as many additions as there are
 * terms. No GPU computes gradients: what chunks cost is not counted here.
 */
import type { SelectiveScanGradients, SelectiveScanUpstream } from '../../reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { strict } from '../arithmetic.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import type { Terms, Token } from './backward-terms.ts';
import { emptyTerms, slopeOf } from './backward-terms.ts';
import type { Rounded } from './selective-scan-errors.ts';
import { aBarOf, advanceErrors, firstStates, gateOf, readErrors, stepOf } from './selective-scan-errors.ts';

export type GradientErrors = { readonly [K in keyof SelectiveScanGradients]: Float64Array };

export function selectiveScanBackwardErrors(
  plain: SelectiveScanInput,
  { dY, dHLast }: SelectiveScanUpstream,
  arithmetic: Arithmetic = strict,
): GradientErrors {
  const input: Rounded = { ...plain, arithmetic };
  const { dInner, dState } = input;
  const sequences = sequenceBounds(input.seqLen, input.cuSeqlens);
  const terms = emptyTerms(input, sequences.length);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      const met = [firstStates(input, s, d)];
      for (let t = start; t < end; t++) met.push(advanceErrors(input, met[t - start]!, t, d));
      const at = (s * dInner + d) * dState;
      let dH = Array.from({ length: dState }, (_, n) => exactly(dHLast?.[at + n] ?? 0));
      for (let t = end - 1; t >= start; t--) {
        const [before, after] = [met[t - start]!, met[t - start + 1]!];
        dH = tokenTerms(terms, input, { t, d, dYT: exactly(dY[t * dInner + d]!), before, after, dH });
      }
      dH.forEach((value, n) => {
        terms.dH0[at + n]!.push(value);
      });
    }
  });
  return Object.fromEntries(
    Object.entries(terms).map(([name, places]) => [
      name,
      Float64Array.from(places, (values) => arithmetic.sumOf(values, values.length).error),
    ]),
  ) as unknown as GradientErrors;
}

/** @returns the gradient by the state before the token */
function tokenTerms(terms: Terms, input: Rounded, token: Token): Value[] {
  const { t, d, dYT, after } = token;
  const { dInner, dState, D, z, arithmetic } = input;
  const { plus, sumOf, times } = arithmetic;
  const td = t * dInner + d;
  const gate = gateOf(input, t, d);
  const gy = gate === undefined ? dYT : times(dYT, gate);
  const { earlier, byStep, byInput } = stateTerms(terms, input, { ...token, gy });

  const depth = arithmetic.statesDepth(dState);
  const x = exactly(input.x[td]!);
  const dDelta = times(sumOf(byStep, depth), slopeOf(input, arithmetic, t, d));
  terms.dDelta[td]!.push(dDelta);
  terms.dDeltaBias[d]!.push(dDelta);
  terms.dX[td]!.push(plus(times(stepOf(input, t, d), sumOf(byInput, depth)), times(exactly(D?.[d] ?? 0), gy)));
  if (D !== undefined) terms.dD[d]!.push(times(gy, x));
  if (z !== undefined)
    terms.dZ[td]!.push(times(times(dYT, readErrors(input, after, t, d)), gateSlopeOf(z[td]!, arithmetic)));
  return earlier;
}

/** The shares of dA, dB and dC, and what Δ and x will get. */
function stateTerms(terms: Terms, input: Rounded, token: Token & { readonly gy: Value }) {
  const { t, d, gy, before, after, dH } = token;
  const { dInner, dState, A, B, C, arithmetic } = input;
  const { plus, times } = arithmetic;
  const [b, c] = [indexB(input, t, d), indexC(input, t, d)];
  const x = exactly(input.x[t * dInner + d]!);
  const [step, signed] = [stepOf(input, t, d), stepSize(input, t, d)];
  const byStep: Value[] = [];
  const byInput: Value[] = [];
  const earlier = dH.map((future, n) => {
    const i = d * dState + n;
    const [a, bT, cT] = [exactly(A[i]!), exactly(B[b + n]!), exactly(C[c + n]!)];
    const aBar = aBarOf(step, signed * A[i]!, A[i]!, arithmetic);
    const r = times(aBar, before[n]!);
    const dh = plus(future, times(gy, cT));
    terms.dC[c + n]!.push(times(gy, after[n]!));
    terms.dB[b + n]!.push(times(dh, times(step, x)));
    terms.dA[i]!.push(times(dh, times(step, r)));
    byStep.push(times(dh, plus(times(x, bT), times(a, r))));
    byInput.push(times(dh, bT));
    return times(aBar, dh);
  });
  return { earlier, byStep, byInput };
}

/** silu′(z) = σ(z)·(1 + z·σ(−z)). */
function gateSlopeOf(z: number, { plus, sigmoid, times }: Arithmetic): Value {
  return times(sigmoid(z), plus(exactly(1), times(exactly(z), sigmoid(-z))));
}
