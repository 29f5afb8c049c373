/**
 * Scales for the gradients of the selective scan, real or complex, in any order: the formulas of
 * src/reference/selective-scan-token-backward.ts on moduli that carry their errors (scan-scales.ts, phi-scales.ts). Each term
 * of a sum over tokens or channels may meet as many additions as there are terms.
 */
import type { SelectiveScanGradients, SelectiveScanUpstream } from '../../reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, sequenceBounds } from '../../reference/selective-scan-input.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Terms, Token } from '../operations/backward-terms.ts';
import { emptyTerms, slopeOf } from '../operations/backward-terms.ts';
import { gateOf, stepOf } from '../operations/selective-scan-errors.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import { exponentOf, phiOf, phiSlopeOf } from './phi-scales.ts';
import type { Moduli } from './scan-scales.ts';
import { aBarOf, advance, firstStates, moduliOf, modulus, readOf, treeSummed, twice } from './scan-scales.ts';
import type { ExpName } from './vector-case.ts';

type GradientName = keyof SelectiveScanGradients;

export type GradientScales = { readonly [K in GradientName]: Float64Array };

/** Gradients that are complex where A is. */
const ofStates: readonly GradientName[] = ['dA', 'dB', 'dC', 'dH0'];

export function backwardScales(
  input: SelectiveScanInput,
  { dY, dHLast }: SelectiveScanUpstream,
  exp: ExpName,
): GradientScales {
  const moduli = moduliOf(input, exp);
  const { dInner, dState, complex = false } = input;
  const sequences = sequenceBounds(input.seqLen, input.cuSeqlens);
  const { A, B, C } = moduli;
  const terms = emptyTerms({ ...input, A, B, C }, sequences.length);
  const last = dHLast === undefined ? undefined : modulus(dHLast, complex);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      const met = [firstStates(moduli, s, d)];
      for (let t = start; t < end; t++) met.push(advance(moduli, met[t - start]!, t, d));
      const at = (s * dInner + d) * dState;
      let dH = Array.from({ length: dState }, (_, n) => exactly(last?.[at + n] ?? 0));
      for (let t = end - 1; t >= start; t--) {
        const [before, after] = [summedBy(moduli, met[t - start]!), summedBy(moduli, met[t - start + 1]!)];
        dH = tokenTerms(terms, moduli, { t, d, dYT: exactly(dY[t * dInner + d]!), before, after, dH });
      }
      dH.forEach((value, n) => void terms.dH0[at + n]!.push(value));
    }
  });
  return scalesOf(terms, moduli.arithmetic, complex);
}

function summedBy(moduli: Moduli, values: readonly Value[]): Value[] {
  return values.map((value) => treeSummed(moduli, value, value.size));
}

function scalesOf(terms: Terms, arithmetic: Arithmetic, complex: boolean): GradientScales {
  const entries = Object.entries(terms).map(([name, places]) => {
    const errors = Float64Array.from(places, (values) => arithmetic.sumOf(values, values.length).error);
    return [name, complex && ofStates.includes(name as GradientName) ? twice(errors) : errors] as const;
  });
  return Object.fromEntries(entries) as unknown as GradientScales;
}

/** @returns the gradient by the state before the token */
function tokenTerms(terms: Terms, moduli: Moduli, token: Token): Value[] {
  const { t, d, dYT, after } = token;
  const { input, arithmetic } = moduli;
  const { plus, sumOf, times } = arithmetic;
  const rounded = { ...input, arithmetic };
  const td = t * input.dInner + d;
  const gate = gateOf(rounded, t, d);
  const gy = gate === undefined ? dYT : times(dYT, gate);
  const { earlier, byStep, byInput } = stateTerms(terms, moduli, { ...token, gy });
  const x = exactly(input.x[td]!);
  const dDelta = times(sumOf(byStep, input.dState), slopeOf(input, arithmetic, t, d));
  terms.dDelta[td]!.push(dDelta);
  terms.dDeltaBias[d]!.push(dDelta);
  terms.dX[td]!.push(
    plus(times(stepOf(rounded, t, d), sumOf(byInput, input.dState)), times(exactly(input.D?.[d] ?? 0), gy)),
  );
  if (input.D !== undefined) terms.dD[d]!.push(times(gy, x));
  const z = input.z?.[td];
  if (z !== undefined) terms.dZ[td]!.push(times(times(dYT, readOf(moduli, after, t, d)), gateSlopeOf(z, arithmetic)));
  return earlier;
}

/** The shares of dA, dB and dC, and what Δ and x will get. κ = 2 where y is 2·Re Σ. */
function stateTerms(terms: Terms, moduli: Moduli, token: Token & { readonly gy: Value }) {
  const { t, d, gy, before, after, dH } = token;
  const { input, arithmetic, A, C, times: timesA } = moduli;
  const { plus, times } = arithmetic;
  const [b, c, kappa] = [indexB(input, t, d), indexC(input, t, d), input.complex ? 2 : 1];
  const step = stepOf({ ...input, arithmetic }, t, d);
  const byPhi = input.discretization === 'zoh' ? timesA : times; // φ is complex where A is, Δ·x is not
  const byY: Value = { size: kappa * gy.size, error: kappa * gy.error };
  const [byStep, byInput]: [Value[], Value[]] = [[], []];
  const earlier = dH.map((future, n) => {
    const i = d * input.dState + n;
    const [a, cT] = [exactly(A[i]!), exactly(C[c + n]!)];
    const aBar = aBarOf(moduli, t, d, n);
    const r = timesA(aBar, before[n]!);
    const now = plus(future, times(byY, cT));
    const dh = treeSummed(moduli, now, now.size);
    const bar = bBarTerms(moduli, step, { t, d, n });
    terms.dC[c + n]!.push(times(byY, after[n]!));
    terms.dB[b + n]!.push(byPhi(dh, bar.byB));
    terms.dA[i]!.push(timesA(dh, bar.byA === undefined ? times(step, r) : plus(times(step, r), bar.byA)));
    byStep.push(timesA(dh, plus(bar.byStep, timesA(a, r))));
    byInput.push(timesA(dh, bar.byX));
    return timesA(aBar, now);
  });
  return { earlier, byStep, byInput };
}

/** B̄·x = Δ·φ(ΔA)·B·x by each of its factors; φ = 1 and φ′ = 0, Mamba's rule, round nothing. */
function bBarTerms(
  moduli: Moduli,
  step: Value,
  { t, d, n }: { readonly t: number; readonly d: number; readonly n: number },
) {
  const { input, arithmetic, B, times: timesA } = moduli;
  const { plus, times } = arithmetic;
  const [x, bT] = [exactly(input.x[t * input.dInner + d]!), exactly(B[indexB(input, t, d) + n]!)];
  const [deltaX, bX] = [times(step, x), times(x, bT)];
  if (input.discretization !== 'zoh') {
    return { byB: deltaX, byX: bT, byStep: bX, byA: undefined };
  }
  const [phi, slope] = [phiOf(moduli, t, d, n), phiSlopeOf(moduli, t, d, n)];
  return {
    byB: times(deltaX, phi),
    /** Of B̄ = Δ·(φ·B); Δ comes in once the states are summed. */
    byX: timesA(phi, bT),
    /** x·B·(φ + ΔA·φ′) */
    byStep: timesA(bX, plus(phi, timesA(exponentOf(moduli, t, d, n), slope))),
    /** x·B·Δ²·φ′ */
    byA: timesA(times(bX, times(step, step)), slope),
  };
}

/** silu′(z) = σ(z)·(1 + z·(1 − σ(z))); below 0 its two terms have different signs, and 1 − σ cancels above. */
function gateSlopeOf(z: number, { plus, sigmoid, times }: Arithmetic): Value {
  const rest = plus(exactly(1), sigmoid(z));
  return times(sigmoid(z), plus(exactly(1), times(exactly(z), rest)));
}
