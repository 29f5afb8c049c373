/**
 * What the roundings of the selective scan in float32 add up to (running-error.ts): the formulas of
 * src/reference/selective-scan.ts on values that carry their errors.
 *
 *   Δ      softplus 2 ulp · with a bias its rounding, by the slope of softplus
 *   Ā      exp 1 ulp; it turns the absolute error of ΔA into a relative one
 *   B̄x     (Δ·x)·B; `zoh` times φ(ΔA): 8 roundings and, by φ's condition, those of ΔA
 *   Σ_n    each product meets dState/4 + 2 additions: its lane's, two across lanes
 *   silu   2 ulp
 */
import { expm1Over } from '../../reference/discretize.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, preDelta, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import { silu } from '../../reference/silu.ts';
import { softplusBackward } from '../../reference/softplus.ts';
import type { Value } from '../running-error.ts';
import { exactly, plus, smallest, sumOf, times, within } from '../running-error.ts';

/** Additions that a product meets in Σ_n. */
export const statesDepth = (dState: number) => Math.ceil(dState / 4) + 2;

/** Δ, with its sign left out. */
export function stepOf(input: SelectiveScanInput, t: number, d: number): Value {
  const size = Math.abs(stepSize(input, t, d));
  const pre = input.deltaBias === undefined ? 0 : Math.abs(preDelta(input, t, d));
  if (!input.deltaSoftplus) return { size, error: pre };
  return { size, error: within(2, size).error + pre * softplusBackward(preDelta(input, t, d)) };
}

/** exp(ΔA), given Δ. */
export function aBarOf(delta: Value, deltaA: number, a: number): Value {
  const size = Math.exp(deltaA);
  return { size, error: size * (times(delta, exactly(a)).error + 2) + smallest };
}

/**
 * Roundings of φ(v) = (exp(v) − 1)/v relative to it. Above |v| = ½ the quotient: 2·exp(v)/|exp(v) − 1| ≤ 5.1 of exp
 * within 1 ulp, the difference, the quotient; below, the series, whose later terms are damped.
 */
export const phiRoundings = 8;

/** At most |v·φ′(v)/φ(v)|: how a relative error of v comes out of φ. */
export function phiCondition(v: number): number {
  return v > 0 ? v : Math.min(1, -v);
}

/** φ(ΔA), given Δ. */
function phiOf(delta: Value, deltaA: number, a: number): Value {
  const size = expm1Over(deltaA);
  const product = times(delta, exactly(a));
  const relative = product.size > 0 ? product.error / product.size : 0;
  return { size, error: size * (phiRoundings + phiCondition(deltaA) * relative) };
}

/** The states of channel d after token t, from those before it. */
export function advanceErrors(input: SelectiveScanInput, h: readonly Value[], t: number, d: number): Value[] {
  const { dInner, dState, x, A, B, discretization } = input;
  const [delta, signed] = [stepOf(input, t, d), stepSize(input, t, d)];
  const deltaX = times(delta, exactly(x[t * dInner + d]!));
  const b = indexB(input, t, d);
  return h.map((before, n) => {
    const a = A[d * dState + n]!;
    const euler = times(deltaX, exactly(B[b + n]!));
    const bX = discretization === 'zoh' ? times(euler, phiOf(delta, signed * a, a)) : euler;
    return plus(times(aBarOf(delta, signed * a, a), before), bX);
  });
}

/** Σ_n C·h + D·x: y before the gate. */
export function readErrors(input: SelectiveScanInput, h: readonly Value[], t: number, d: number): Value {
  const c = indexC(input, t, d);
  const products = h.map((state, n) => times(exactly(input.C[c + n]!), state));
  const sum = sumOf(products, statesDepth(input.dState));
  if (input.D === undefined) return sum;
  return plus(sum, times(exactly(input.D[d]!), exactly(input.x[t * input.dInner + d]!)));
}

/** silu(z), or nothing where there is no gate. */
export function gateOf({ z, dInner }: SelectiveScanInput, t: number, d: number): Value | undefined {
  return z === undefined ? undefined : within(2, silu(z[t * dInner + d]!));
}

/** h_{−1} of channel d in sequence s. */
export function firstStates({ h0, dInner, dState }: SelectiveScanInput, s: number, d: number): Value[] {
  return Array.from({ length: dState }, (_, n) => exactly(h0?.[(s * dInner + d) * dState + n] ?? 0));
}

/** Errors of y (seqLen, dInner) and hLast (sequences, dInner, dState). */
export function selectiveScanErrors(input: SelectiveScanInput): { y: Float64Array; hLast: Float64Array } {
  const { seqLen, dInner, dState, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * dInner * dState);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      let h = firstStates(input, s, d);
      for (let t = start; t < end; t++) {
        h = advanceErrors(input, h, t, d);
        const out = readErrors(input, h, t, d);
        const gate = gateOf(input, t, d);
        y[t * dInner + d] = (gate === undefined ? out : times(out, gate)).error;
      }
      h.forEach(({ error }, n) => {
        hLast[(s * dInner + d) * dState + n] = error;
      });
    }
  });
  return { y, hLast };
}
