/**
 * Scales for the selective scan of the vectors, real or complex, in whatever order it is computed: the running error
 * analysis of operations/selective-scan-errors.ts, on moduli, with three differences.
 *
 *   any order    a tree sums along paths of its own: where a state is read, its depth is added, times the magnitude
 *   exact zeros  what is added to nothing does not round
 *   complex      |fl(z·w) − z·w| ≤ √5·u·|z·w| (Brent, Percival & Zimmermann, Math. Comp. 76, 2007), taken as 3; sin and cos
 *                within 2 ulp and their argument's rounding
 */
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import type { Floats } from '../../reference/types.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { gateOf, stepOf } from '../operations/selective-scan-errors.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import { phiOf, turn } from './phi-scales.ts';
import { treeDepth, ulpOf, vectorArithmetic } from './vector-arithmetic.ts';
import type { ExpName } from './vector-case.ts';

/** The operands as moduli, and how products of A's kind of numbers round. */
export interface Moduli {
  readonly input: SelectiveScanInput;
  readonly arithmetic: Arithmetic;
  readonly realA: Floats;
  readonly A: Floats;
  readonly B: Floats;
  readonly C: Floats;
  readonly h0: Floats | undefined;
  /** Of two numbers of A's kind. */
  times(p: Value, q: Value): Value;
}

export function moduliOf(input: SelectiveScanInput, exp: ExpName): Moduli {
  const arithmetic = vectorArithmetic[exp];
  const { complex = false, A, B, C, h0 } = input;
  const of = (data: Floats) => modulus(data, complex);
  const times = (p: Value, q: Value) => {
    const product = arithmetic.times(p, q);
    return complex ? { size: product.size, error: product.error + 2 * product.size } : product;
  };
  const realA = complex ? A.filter((_, i) => i % 2 === 0) : A;
  return { input, arithmetic, realA, A: of(A), B: of(B), C: of(C), h0: h0 && of(h0), times };
}

/** |z| of each number of an array that may have a trailing (re, im) axis. */
export function modulus(data: Floats, complex: boolean): Float64Array {
  if (!complex) return Float64Array.from(data, Math.abs);
  return Float64Array.from({ length: data.length / 2 }, (_, i) => Math.hypot(data[2 * i]!, data[2 * i + 1]!));
}

/** Ā = exp(ΔA): what ΔA is off by becomes relative; then exp itself, and for complex numbers sin, cos and a product. */
export function aBarOf({ input, arithmetic, realA, A }: Moduli, t: number, d: number, n: number): Value {
  const i = d * input.dState + n;
  const step = stepOf({ ...input, arithmetic }, t, d);
  const deltaA = stepSize(input, t, d) * realA[i]!;
  const size = Math.exp(deltaA);
  const product = arithmetic.times(step, exactly(A[i]!));
  const exponent = product.error + (arithmetic.chunk - 1) * product.size;
  const ulps = arithmetic.expUlps(deltaA);
  return { size, error: size * (exponent + (input.complex ? turn : 0)) + ulps * ulpOf(size) + arithmetic.lost(ulps) };
}

/** B̄·x */
export function bXOf(moduli: Moduli, t: number, d: number, n: number): Value {
  const { input, arithmetic, B } = moduli;
  const step = stepOf({ ...input, arithmetic }, t, d);
  const deltaX = arithmetic.times(step, exactly(input.x[t * input.dInner + d]!));
  const euler = arithmetic.times(deltaX, exactly(B[indexB(input, t, d) + n]!));
  if (input.discretization !== 'zoh') return euler;
  return moduli.times(euler, phiOf(moduli, t, d, n));
}

/** h_t from h_{t−1}, for channel d. A sum with zero is exact. */
export function advance(moduli: Moduli, h: readonly Value[], t: number, d: number): Value[] {
  return h.map((before, n) => {
    const kept = moduli.times(aBarOf(moduli, t, d, n), before);
    const added = bXOf(moduli, t, d, n);
    return added.size === 0 || kept.size === 0
      ? { size: kept.size + added.size, error: kept.error + added.error }
      : moduli.arithmetic.plus(kept, added);
  });
}

/** A state as a tree may have summed it: more additions, and underflows at any of its 8·L nodes. */
export function treeSummed({ input, arithmetic }: Moduli, { size, error }: Value, largest: number): Value {
  const underflow = 8 * (input.seqLen + 1) * (1 + largest) * (arithmetic.lost(1 / 2) + arithmetic.lost(0) / 2);
  return { size, error: error + treeDepth(input.seqLen) * size + underflow };
}

/** Σ_n C·h + D·x, before the gate. */
export function readOf({ input, arithmetic, C, times }: Moduli, h: readonly Value[], t: number, d: number): Value {
  const c = indexC(input, t, d);
  const products = h.map((state, n) => times(exactly(C[c + n]!), state));
  const { size, error } = arithmetic.sumOf(products, arithmetic.statesDepth(input.dState));
  const sum = input.complex ? { size: 2 * size, error: 2 * error } : { size, error };
  if (input.D === undefined) return sum;
  return arithmetic.plus(sum, arithmetic.times(exactly(input.D[d]!), exactly(input.x[t * input.dInner + d]!)));
}

export function firstStates({ h0, input: { dInner, dState } }: Moduli, s: number, d: number): Value[] {
  return Array.from({ length: dState }, (_, n) => exactly(h0?.[(s * dInner + d) * dState + n] ?? 0));
}

export interface ScanScales {
  readonly y: Float64Array; // (seqLen, dInner)
  readonly hLast: Float64Array; // (sequences, dInner, dState), for complex numbers twice
}

/** Scales of y and hLast in the arithmetic of this exp. */
export function selectiveScanScales(input: SelectiveScanInput, exp: ExpName): ScanScales {
  const moduli = moduliOf(input, exp);
  const { arithmetic } = moduli;
  const { seqLen, dInner, dState, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * dInner * dState);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      let h = firstStates(moduli, s, d);
      const largest = h.map(({ size }) => size);
      const summed = () => h.map((state, n) => treeSummed(moduli, state, largest[n]!));
      for (let t = start; t < end; t++) {
        h = advance(moduli, h, t, d);
        h.forEach(({ size }, n) => {
          largest[n] = Math.max(largest[n]!, size);
        });
        const out = readOf(moduli, summed(), t, d);
        const gate = gateOf({ ...input, arithmetic }, t, d);
        y[t * dInner + d] = (gate === undefined ? out : arithmetic.times(out, gate)).error;
      }
      const last = start === end ? h : summed();
      hLast.set(
        last.map(({ error }) => error),
        (s * dInner + d) * dState,
      );
    }
  });
  return { y, hLast: input.complex ? twice(hLast) : hLast };
}

/** Both parts of a complex number are as far off as the number may be. */
export function twice(errors: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * errors.length }, (_, i) => errors[Math.floor(i / 2)]!);
}
