/**
 * What the roundings of the backward kernel add up to, as in scan-errors.ts: the formulas of
 * src/reference/selective-scan-token-backward.ts on values that carry their errors, in the kernel's order.
 */
import type { SelectiveScanGradients } from '../../src/reference/selective-scan-backward.ts';
import { indexB, indexC, preDelta, sequenceBounds } from '../../src/reference/selective-scan-input.ts';
import { softplusBackward } from '../../src/reference/softplus.ts';
import type { ScanProblem } from './kernel-problems.ts';
import type { Value } from './scan-errors.ts';
import {
  aBarOf,
  advanceErrors,
  exactly,
  firstStates,
  gateOf,
  gateSlopeOf,
  plus,
  readErrors,
  statesDepth,
  stepOf,
  sumOf,
  times,
} from './scan-errors.ts';

/** By place in the gradient: all that is added up there. */
type Terms = { readonly [K in keyof SelectiveScanGradients]: Value[][] };

export type GradientErrors = { readonly [K in keyof SelectiveScanGradients]: Float64Array };

export function scanBackwardErrors(problem: ScanProblem): GradientErrors {
  const { input, dHLast } = problem;
  const { seqLen, dInner, dState, A, B, C, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const places = (length: number): Value[][] => Array.from({ length }, () => []);
  const perToken = () => places(seqLen * dInner);
  const terms: Terms = {
    ...{ dX: perToken(), dDelta: perToken(), dZ: perToken(), dA: places(A.length), dB: places(B.length) },
    ...{ dC: places(C.length), dD: places(dInner), dDeltaBias: places(dInner) },
    dH0: places(sequences.length * dInner * dState),
  };
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      const met = [firstStates(input, s, d)];
      for (let t = start; t < end; t++) met.push(advanceErrors(input, met[t - start]!, t, d));
      const at = (s * dInner + d) * dState;
      let dH = Array.from({ length: dState }, (_, n) => exactly(dHLast?.[at + n] ?? 0));
      for (let t = end - 1; t >= start; t--) {
        dH = tokenTerms(terms, problem, { t, d, before: met[t - start]!, after: met[t - start + 1]!, dH });
      }
      dH.forEach((value, n) => {
        terms.dH0[at + n]!.push(value);
      });
    }
  });
  // A sum of so many terms has at most so many additions, those across units among them.
  const errorsOf = (all: Value[][]) => Float64Array.from(all, (values) => sumOf(values, values.length).error);
  return Object.fromEntries(
    Object.entries(terms).map(([name, all]) => [name, errorsOf(all)]),
  ) as unknown as GradientErrors;
}

interface Token {
  readonly t: number;
  readonly d: number;
  readonly before: readonly Value[];
  readonly after: readonly Value[];
  readonly dH: readonly Value[];
}

/** @returns the gradient by the state before the token */
function tokenTerms(terms: Terms, { input, dY }: ScanProblem, { t, d, before, after, dH }: Token): Value[] {
  const { dInner, dState, A, B, C, D, z } = input;
  const td = t * dInner + d;
  const [b, c] = [indexB(input, t, d), indexC(input, t, d)];
  const x = exactly(input.x[td]!);
  const step = stepOf(input, t, d);
  const gate = gateOf(input, t, d);
  const gy = gate === undefined ? exactly(dY[td]!) : times(exactly(dY[td]!), gate);
  const byStep: Value[] = [];
  const byInput: Value[] = [];
  const earlier = dH.map((future, n) => {
    const [a, bT, cT] = [exactly(A[d * dState + n]!), exactly(B[b + n]!), exactly(C[c + n]!)];
    const aBar = aBarOf(input, t, d, n);
    const r = times(aBar, before[n]!);
    const dh = plus(future, times(gy, cT));
    terms.dC[c + n]!.push(times(gy, after[n]!));
    terms.dB[b + n]!.push(times(dh, times(step, x)));
    terms.dA[d * dState + n]!.push(times(dh, times(step, r)));
    byStep.push(times(dh, plus(times(x, bT), times(a, r))));
    byInput.push(times(dh, bT));
    return times(aBar, dh);
  });

  const depth = statesDepth(dState);
  const slope = slopeOf(input.deltaSoftplus, preDelta(input, t, d), input.deltaBias !== undefined);
  const dDelta = times(sumOf(byStep, depth), slope);
  terms.dDelta[td]!.push(dDelta);
  terms.dDeltaBias[d]!.push(dDelta);
  terms.dX[td]!.push(plus(times(step, sumOf(byInput, depth)), times(exactly(D?.[d] ?? 0), gy)));
  if (D !== undefined) terms.dD[d]!.push(times(gy, x));
  if (z !== undefined) {
    terms.dZ[td]!.push(times(times(exactly(dY[td]!), readErrors(input, after, t, d)), gateSlopeOf(input, t, d)));
  }
  return earlier;
}

/** softplus′: σ within 2 ulp, its argument off by u·|pre| with a bias, σ′ = σ·(1 − σ). */
function slopeOf(deltaSoftplus: boolean | undefined, pre: number, bias: boolean): Value {
  if (!deltaSoftplus) return exactly(1);
  const size = softplusBackward(pre);
  return { size, error: 4 * size + (bias ? Math.abs(pre) * size * (1 - size) : 0) };
}
