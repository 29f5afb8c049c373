/**
 * What the roundings of the selective scan in float32 add up to (running-error.ts): the formulas of
 * src/reference/selective-scan.ts on values that carry their errors.
 *
 *   Δ      softplus · with a bias its rounding, by the slope of softplus
 *   Ā      exp; it turns the absolute error of ΔA into a relative one
 *   B̄x     (Δ·x)·B; `zoh` times φ(ΔA): its own roundings and, by φ's condition, those of ΔA
 *   Σ_n    the additions that each product meets · D·x · silu(z)
 *
 * How exact the functions are, and how many additions there are, says the arithmetic. In chunks of T tokens, wherever they
 * begin: a chunk's Ā is exp(A·ΣΔ), which rounds no more often than the product of its tokens' Ā but for the T − 1 sums
 * in the exponent; what a chunk adds meets one sum more, with what comes from the chunks before; and that step may lose
 * to underflow what a token's does not, Ā at most 2⁻¹²⁶ of the largest state so far.
 */
import { expm1Over } from '../../reference/discretize.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, preDelta, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import { softplusBackward } from '../../reference/softplus.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { strict } from '../arithmetic.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';

/** A problem, and what its machine may round. */
export interface Rounded extends SelectiveScanInput {
  readonly arithmetic: Arithmetic;
}

/** Δ, with its sign left out. */
export function stepOf(input: Rounded, t: number, d: number): Value {
  const size = Math.abs(stepSize(input, t, d));
  const pre = input.deltaBias === undefined ? 0 : Math.abs(preDelta(input, t, d));
  if (!input.deltaSoftplus) return { size, error: pre };
  const raw = preDelta(input, t, d);
  return { size, error: input.arithmetic.softplus(raw).error + pre * softplusBackward(raw) };
}

/** exp(ΔA), given Δ. */
export function aBarOf(delta: Value, deltaA: number, a: number, arithmetic: Arithmetic): Value {
  const { chunk, expUlps, lost, times } = arithmetic;
  const size = Math.exp(deltaA);
  const exponent = times(delta, exactly(a)).error + (chunk === 1 ? 0 : (chunk - 1) * Math.abs(deltaA));
  const ulps = expUlps(deltaA);
  return { size, error: size * (exponent + 2 * ulps) + lost(ulps) };
}

/** At most |v·φ′(v)/φ(v)|: how a relative error of v comes out of φ. */
export function phiCondition(v: number): number {
  return v > 0 ? v : Math.min(1, -v);
}

/** φ(ΔA), given Δ. */
function phiOf(delta: Value, deltaA: number, a: number, arithmetic: Arithmetic): Value {
  const size = expm1Over(deltaA);
  const product = arithmetic.times(delta, exactly(a));
  const relative = product.size > 0 ? product.error / product.size : 0;
  return { size, error: size * (arithmetic.phiRoundings(deltaA) + phiCondition(deltaA) * relative) };
}

/** The states of channel d after token t, from those before it. */
export function advanceErrors(input: Rounded, h: readonly Value[], t: number, d: number): Value[] {
  const { dInner, dState, x, A, B, discretization, arithmetic } = input;
  const { plus, times } = arithmetic;
  const [delta, signed] = [stepOf(input, t, d), stepSize(input, t, d)];
  const deltaX = times(delta, exactly(x[t * dInner + d]!));
  const b = indexB(input, t, d);
  return h.map((before, n) => {
    const a = A[d * dState + n]!;
    const euler = times(deltaX, exactly(B[b + n]!));
    const bX = discretization === 'zoh' ? times(euler, phiOf(delta, signed * a, a, arithmetic)) : euler;
    return plus(times(aBarOf(delta, signed * a, a, arithmetic), before), bX);
  });
}

/** Σ_n C·h + D·x: y before the gate. */
export function readErrors(input: Rounded, h: readonly Value[], t: number, d: number): Value {
  const { plus, statesDepth, sumOf, times } = input.arithmetic;
  const c = indexC(input, t, d);
  const products = h.map((state, n) => times(exactly(input.C[c + n]!), state));
  const sum = sumOf(products, statesDepth(input.dState));
  if (input.D === undefined) return sum;
  return plus(sum, times(exactly(input.D[d]!), exactly(input.x[t * input.dInner + d]!)));
}

/** silu(z), or nothing where there is no gate. */
export function gateOf({ z, dInner, arithmetic }: Rounded, t: number, d: number): Value | undefined {
  return z === undefined ? undefined : arithmetic.silu(z[t * dInner + d]!);
}

/** h_{−1} of channel d in sequence s. */
export function firstStates({ h0, dInner, dState }: SelectiveScanInput, s: number, d: number): Value[] {
  return Array.from({ length: dState }, (_, n) => exactly(h0?.[(s * dInner + d) * dState + n] ?? 0));
}

/** Errors of y (seqLen, dInner) and hLast (sequences, dInner, dState). */
export function selectiveScanErrors(
  plain: SelectiveScanInput,
  arithmetic: Arithmetic = strict,
): { y: Float64Array; hLast: Float64Array } {
  const input: Rounded = { ...plain, arithmetic };
  const { seqLen, dInner, dState, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * dInner * dState);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      let h = firstStates(input, s, d);
      let largest = h.map(({ size }) => size);
      for (let t = start; t < end; t++) {
        h = advanceErrors(input, h, t, d);
        largest = largest.map((most, n) => Math.max(most, h[n]!.size));
        h = underflowOfChunk(h, largest, arithmetic);
        const out = readErrors(input, joinedChunks(h, arithmetic), t, d);
        const gate = gateOf(input, t, d);
        y[t * dInner + d] = (gate === undefined ? out : arithmetic.times(out, gate)).error;
      }
      joinedChunks(h, arithmetic).forEach(({ error }, n) => {
        hLast[(s * dInner + d) * dState + n] = error;
      });
    }
  });
  return { y, hLast };
}

/** Over a chunk: Ā of the largest state, a product, a sum. */
function underflowOfChunk(h: Value[], largest: readonly number[], { chunk, lost }: Arithmetic): Value[] {
  if (chunk === 1) return h;
  return h.map(({ size, error }, n) => ({ size, error: error + (largest[n]! + 2) * lost(0) }));
}

/** The sum of what a chunk adds with what came before it. */
function joinedChunks(h: Value[], { chunk }: Arithmetic): Value[] {
  return chunk === 1 ? h : h.map(({ size, error }) => ({ size, error: error + size }));
}
