/**
 * The selective scan: the inner loop of Mamba (paper, Algorithm 2, line 6, with §3.3's state update).
 *
 * This is the formula read from left to right. The same by a parallel scan is in selective-scan-parallel.ts, the
 * complex case in selective-scan-complex.ts, the gradients in selective-scan-backward.ts.
 */
import { bFactor } from './b-factor.ts';
import { advanceStateComplexInto, readStateComplex } from './selective-scan-complex.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { checkSelectiveScan, indexB, indexC, sequenceBounds, stepSize } from './selective-scan-input.ts';
import { silu } from './silu.ts';

export interface SelectiveScanOutput {
  readonly y: Float64Array; // (seqLen, dInner)
  readonly hLast: Float64Array; // (sequences, dInner, dState): the state after each sequence's last token
}

/**
 * Runs the selective state space model over one sequence, or over several packed ones.
 *
 *   Δ[t,d]   = softplus(delta[t,d] + deltaBias[d])
 *   Ā[t,d,n] = exp(Δ[t,d]·A[d,n])                                  zero-order hold
 *   B̄[t,d,n] = Δ[t,d]·B[t,n]                                      Euler; with `zoh` times (exp(ΔA) − 1)/(ΔA)
 *   h[t,d,n] = Ā[t,d,n]·h[t−1,d,n] + B̄[t,d,n]·x[t,d]              h[−1] = h0, or 0
 *   y[t,d]   = (Σ_n C[t,n]·h[t,d,n] + D[d]·x[t,d])·silu(z[t,d])    the NEW state; D is inside the gate
 *
 * Bias, softplus, D and z each only where given. Complex A: y takes 2·Re Σ_n C·h, since the conjugate half of the
 * state is not stored. At the first token of a packed sequence the state is that sequence's h0, or 0: packed equals a
 * loop over the sequences. seqLen 0 returns an empty y and hLast = h0.
 *
 * Source: Gu & Dao, arXiv:2312.00752, §3.2 Algorithm 2, eqs. 2a–2b and 4; B̄ as in `selective_scan_ref` of
 * state-spaces/mamba (mamba_ssm/ops/selective_scan_interface.py).
 *
 * @throws RangeError when an operand's length does not fit the dims
 * Rounding: float64, summed over n in ascending order.
 */
export function selectiveScan(input: SelectiveScanInput): SelectiveScanOutput {
  checkSelectiveScan(input);
  const { seqLen, dInner, x, z, D } = input;
  const { advanceInto, read } = stateRules(input);
  const sequences = sequenceBounds(seqLen, input.cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * stateLength(input));
  sequences.forEach(({ start, end }, s) => {
    const h = initialState(input, s);
    for (let t = start; t < end; t++) {
      advanceInto(h, input, t);
      for (let d = 0; d < dInner; d++) {
        let out = read(h, input, t, d);
        if (D !== undefined) out += D[d]! * x[t * dInner + d]!;
        if (z !== undefined) out *= silu(z[t * dInner + d]!);
        y[t * dInner + d] = out;
      }
    }
    hLast.set(h, s * h.length);
  });
  return { y, hLast };
}

/**
 * One token of {@link selectiveScan}: x, delta, z (dInner) and B, C (groups, dState) hold that token alone.
 *
 * @param h (dInner, dState): the state before the token; stays as it was
 * @returns y (dInner) and the new state
 */
export function selectiveScanStep(
  input: Omit<SelectiveScanInput, 'seqLen' | 'h0' | 'cuSeqlens'>,
  h: Float64Array,
): { y: Float64Array; h: Float64Array } {
  const { y, hLast } = selectiveScan({ ...input, seqLen: 1, h0: h });
  return { y, h: hLast };
}

/** Numbers in one state (dInner, dState), a complex one counting twice. */
export function stateLength({ dInner, dState, complex }: SelectiveScanInput): number {
  return dInner * dState * (complex ? 2 : 1);
}

/** h_{−1} of packed sequence s, as a fresh array. */
export function initialState(input: SelectiveScanInput, s: number): Float64Array {
  const length = stateLength(input);
  if (input.h0 === undefined) return new Float64Array(length);
  return new Float64Array(input.h0.subarray(s * length, (s + 1) * length));
}

/** The two formulas that depend on what A is made of. */
export function stateRules({ complex }: SelectiveScanInput) {
  return complex
    ? { advanceInto: advanceStateComplexInto, read: readStateComplex }
    : { advanceInto: advanceStateInto, read: readState };
}

/** h ← Ā_t∘h + B̄_t·x_t, for every channel. */
function advanceStateInto(h: Float64Array, input: SelectiveScanInput, t: number): void {
  const { dInner, dState, x, A, B } = input;
  const { phi } = bFactor(input.discretization);
  for (let d = 0; d < dInner; d++) {
    const delta = stepSize(input, t, d);
    const b = indexB(input, t, d);
    for (let n = 0; n < dState; n++) {
      const deltaA = delta * A[d * dState + n]!;
      const aBar = Math.exp(deltaA);
      const bBar = delta * phi(deltaA) * B[b + n]!;
      h[d * dState + n] = aBar * h[d * dState + n]! + bBar * x[t * dInner + d]!;
    }
  }
}

/** Σ_n C[t,n]·h[d,n] */
function readState(h: Float64Array, input: SelectiveScanInput, t: number, d: number): number {
  const { dState, C } = input;
  const c = indexC(input, t, d);
  let sum = 0;
  for (let n = 0; n < dState; n++) sum += C[c + n]! * h[d * dState + n]!;
  return sum;
}
