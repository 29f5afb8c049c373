/**
 * What one token of the selective scan may round, real or complex, in whatever order it is computed: the running error
 * analysis of operations/selective-scan-errors.ts, on moduli, with three differences.
 *
 *   any order    a tree sums along paths of its own: where a state is read, its depth is added, times the magnitude
 *   exact zeros  what is added to nothing does not round
 *   complex      |fl(z·w) − z·w| ≤ √5·u·|z·w| (Brent, Percival & Zimmermann, Math. Comp. 76, 2007), taken as 3; sin and cos
 *                within 2 ulp and their argument's rounding
 */
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, indexC, stepSize } from '../../reference/selective-scan-input.ts';
import type { Floats } from '../../reference/types.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { stepOf } from '../operations/selective-scan-errors.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import { phiOf } from './phi-scales.ts';
import { treeDepth, turn, ulpOf, vectorArithmetic } from './vector-arithmetic.ts';
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
  const times = (p: Value, q: Value) => (complex ? complexTimes(arithmetic, p, q) : arithmetic.times(p, q));
  const realA = complex ? A.filter((_, i) => i % 2 === 0) : A;
  return { input, arithmetic, realA, A: of(A), B: of(B), C: of(C), h0: h0 && of(h0), times };
}

/** A product of complex numbers, by their moduli. */
export function complexTimes(arithmetic: Arithmetic, p: Value, q: Value): Value {
  const { size, error } = arithmetic.times(p, q);
  return { size, error: error + 2 * size };
}

/** |z| of each number of an array that may have a trailing (re, im) axis. */
export function modulus(data: Floats, complex: boolean): Float64Array {
  if (!complex) return Float64Array.from(data, Math.abs);
  return Float64Array.from({ length: data.length / 2 }, (_, i) => Math.hypot(data[2 * i]!, data[2 * i + 1]!));
}

/** Ā = exp(ΔA) */
export function aBarOf({ input, arithmetic, realA, A }: Moduli, t: number, d: number, n: number): Value {
  const i = d * input.dState + n;
  const product = arithmetic.times(stepOf({ ...input, arithmetic }, t, d), exactly(A[i]!));
  const exponent = product.error + (arithmetic.chunk - 1) * product.size;
  const expIn = input.complex ? complexExp : realExp;
  return expIn(arithmetic, stepSize(input, t, d) * realA[i]!, exponent);
}

/** exp of what is off by so much: that becomes relative, and then exp itself rounds. */
function realExp({ expUlps, lost }: Arithmetic, x: number, off: number): Value {
  const size = Math.exp(x);
  return { size, error: size * off + expUlps(x) * ulpOf(size) + lost(expUlps(x)) };
}

/** The same of a complex number, of which only the real part matters: sin, cos and a product as well. */
export function complexExp(arithmetic: Arithmetic, re: number, off: number): Value {
  return realExp(arithmetic, re, off + turn);
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

/** Both parts of a complex number are as far off as the number may be. */
export function twice(errors: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * errors.length }, (_, i) => errors[Math.floor(i / 2)]!);
}
