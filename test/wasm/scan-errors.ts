/**
 * What the roundings of the selective scan in float32 add up to, forward and backward (Mamba's rule), at worst and to
 * first order, in units of u: each value's magnitude M runs beside its error E through the same recurrences. A product
 * of two values has the error E₁·M₂ + M₁·E₂ + M₁·M₂, a sum E₁ + E₂ + M; softplus, sigmoid and silu are within 2 ulp =
 * 4u, exp within 1 ulp = 2u (test/wasm/exp.test.ts). A second opinion on the scale in src/oracle, which has no backward.
 */
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { indexB, indexC, preDelta, sequenceBounds, stepSize } from '../../src/reference/selective-scan-input.ts';
import { silu } from '../../src/reference/silu.ts';
import { sigmoid, softplusBackward } from '../../src/reference/softplus.ts';

/** A magnitude and the error it may carry, in units of u. */
export interface Value {
  readonly size: number;
  readonly error: number;
}

export const exactly = (value: number): Value => ({ size: Math.abs(value), error: 0 });

export function times(p: Value, q: Value): Value {
  const size = p.size * q.size;
  return { size, error: p.error * q.size + p.size * q.error + size };
}

export function plus(p: Value, q: Value): Value {
  const size = p.size + q.size;
  return { size, error: p.error + q.error + size };
}

/** A sum of many, in which each value meets at most `depth` additions. */
export function sumOf(values: readonly Value[], depth: number): Value {
  const size = values.reduce((total, value) => total + value.size, 0);
  return { size, error: values.reduce((total, value) => total + value.error, 0) + depth * size };
}

/** Additions that a product meets in Σ_n: its lane's, two across lanes. */
export const statesDepth = (dState: number) => Math.ceil(dState / 4) + 2;

/** Δ, with its sign left out. */
export function stepOf(input: SelectiveScanInput, t: number, d: number): Value {
  const size = Math.abs(stepSize(input, t, d));
  const pre = input.deltaBias === undefined ? 0 : Math.abs(preDelta(input, t, d));
  if (!input.deltaSoftplus) return { size, error: pre };
  return { size, error: 4 * size + pre * softplusBackward(preDelta(input, t, d)) };
}

/** Ā = exp(ΔA): exp turns the absolute error of ΔA into a relative one. */
export function aBarOf(input: SelectiveScanInput, t: number, d: number, n: number): Value {
  const a = input.A[d * input.dState + n]!;
  const size = Math.exp(stepSize(input, t, d) * a);
  return { size, error: size * (times(stepOf(input, t, d), exactly(a)).error + 2) };
}

/** The states of channel d after token t, from those before it. */
export function advanceErrors(input: SelectiveScanInput, h: readonly Value[], t: number, d: number): Value[] {
  const deltaX = times(stepOf(input, t, d), exactly(input.x[t * input.dInner + d]!));
  const b = indexB(input, t, d);
  return h.map((before, n) => plus(times(aBarOf(input, t, d, n), before), times(deltaX, exactly(input.B[b + n]!))));
}

/** Σ_n C·h + D·x: y before the gate. */
export function readErrors(input: SelectiveScanInput, h: readonly Value[], t: number, d: number): Value {
  const c = indexC(input, t, d);
  const products = h.map((state, n) => times(exactly(input.C[c + n]!), state));
  const sum = sumOf(products, statesDepth(input.dState));
  if (input.D === undefined) return sum;
  return plus(sum, times(exactly(input.D[d]!), exactly(input.x[t * input.dInner + d]!)));
}

/** silu(z), or exactly 1 where there is no gate. */
export function gateOf({ z, dInner }: SelectiveScanInput, t: number, d: number): Value | undefined {
  if (z === undefined) return undefined;
  const size = Math.abs(silu(z[t * dInner + d]!));
  return { size, error: 4 * size };
}

/** σ(z)·(1 + z·σ(−z)). */
export function gateSlopeOf({ z, dInner }: SelectiveScanInput, t: number, d: number): Value {
  const at = z![t * dInner + d]!;
  const rounded = (size: number): Value => ({ size, error: 4 * size });
  return times(rounded(sigmoid(at)), plus(exactly(1), times(exactly(at), rounded(sigmoid(-at)))));
}

/** h_{−1} of channel d in sequence s. */
export function firstStates({ h0, dInner, dState }: SelectiveScanInput, s: number, d: number): Value[] {
  return Array.from({ length: dState }, (_, n) => exactly(h0?.[(s * dInner + d) * dState + n] ?? 0));
}

/** Errors of y and hLast. */
export function scanErrors(input: SelectiveScanInput): { y: Float64Array; hLast: Float64Array } {
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
