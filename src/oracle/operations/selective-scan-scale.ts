/**
 * What the rounding errors of a selective scan in float32 add up to, at worst, in units of u: the recurrence on
 * magnitudes M, and beside it the recurrence of its errors E.
 *
 *   Δ      4 for softplus (2 ulp) · with a bias its rounding, times the condition of softplus
 *   ΔA     1 more; Ā = exp(ΔA): |ΔA| times the error of ΔA, and 2 (1 ulp)
 *   bX     Δ's, and two products; `zoh`: φ(ΔA) 8, times the condition of φ, and a product
 *   h      E ← Ā·E + Ā·M·(error of Ā + 1) + |bX|·(its error) + M′
 *   y      Σ|C|·(E + M·(dState/4 + 3)); D·x 1; their sum 1; silu(z) 4 and the product 1
 */
import { expm1Over } from '../../reference/discretize.ts';
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexB, preDelta, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import { silu } from '../../reference/silu.ts';
import { sigmoid, softplus } from '../../reference/softplus.ts';
import type { SelectiveScanProblem } from './selective-scan.ts';

/** A result below 2⁻¹²⁶, of exp too, is off by up to 2⁻¹⁴⁹ = u·2⁻¹²⁵, whatever its size. */
const smallest = 2 ** -125;

/** In the reference's words. */
export function inputOf(problem: SelectiveScanProblem): SelectiveScanInput {
  return { ...problem, deltaSoftplus: problem.softplus, h0: problem.h };
}

export function selectiveScanScale(problem: SelectiveScanProblem): { y: Float64Array; hLast: Float64Array } {
  const input = inputOf(problem);
  const { seqLen, dInner, dState, h } = problem;
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(h.length);
  sequenceBounds(seqLen, problem.cuSeqlens).forEach(({ start, end }, s) => {
    const at = s * dInner * dState;
    const M = Float64Array.from(h.subarray(at, at + dInner * dState), Math.abs);
    const E = new Float64Array(M.length);
    for (let t = start; t < end; t++) {
      for (let d = 0; d < dInner; d++) {
        advance(input, { M, E }, t, d);
        y[t * dInner + d] = outputError(input, { M, E }, t, d);
      }
    }
    hLast.set(E, at);
  });
  return { y, hLast };
}

interface Errors {
  readonly M: Float64Array;
  readonly E: Float64Array;
}

function advance(input: SelectiveScanInput, { M, E }: Errors, t: number, d: number): void {
  const { dInner, dState, x, A, B, discretization } = input;
  const delta = stepSize(input, t, d);
  const error = stepError(input, t, d);
  const b = indexB(input, t, d);
  const zoh = discretization === 'zoh';
  for (let n = 0; n < dState; n++) {
    const i = d * dState + n;
    const deltaA = delta * A[i]!;
    const aBar = Math.exp(deltaA);
    const xB = Math.abs(x[t * dInner + d]! * B[b + n]!);
    const bX = Math.abs(delta) * xB * (zoh ? expm1Over(deltaA) : 1);
    const phiError = zoh ? 9 + (error + 1) * (deltaA > 0 ? deltaA : Math.min(1, -deltaA)) : 0;
    const moved = aBar * M[i]! + bX;
    const aBarError = Math.abs(deltaA) * (error + 1) + 2;
    E[i] =
      aBar * E[i]! +
      aBar * M[i]! * (aBarError + 1) +
      bX * (error + 2 + phiError) +
      moved +
      smallest * (3 + xB + Math.abs(B[b + n]!) + M[i]!);
    M[i] = moved;
  }
}

/** The relative error of Δ. */
function stepError(input: SelectiveScanInput, t: number, d: number): number {
  const { deltaBias, deltaSoftplus } = input;
  const pre = Math.abs(preDelta(input, t, d));
  if (!deltaSoftplus) return deltaBias === undefined ? 0 : 1;
  if (deltaBias === undefined) return 4;
  const value = softplus(preDelta(input, t, d));
  return 4 + (value > 0 ? (pre * sigmoid(preDelta(input, t, d))) / value : pre);
}

function outputError(input: SelectiveScanInput, { M, E }: Errors, t: number, d: number): number {
  const { dInner, dState, x, C, D, z } = input;
  const c = indexB(input, t, d); // B and C are grouped alike
  let size = 0;
  let error = 0;
  for (let n = 0; n < dState; n++) {
    const i = d * dState + n;
    size += Math.abs(C[c + n]!) * M[i]!;
    error += Math.abs(C[c + n]!) * (E[i]! + M[i]! * (dState / 4 + 3));
  }
  const skip = Math.abs((D?.[d] ?? 0) * x[t * dInner + d]!);
  error += skip + (D === undefined ? 0 : size + skip) + smallest;
  if (z === undefined) return error;
  const gate = Math.abs(silu(z[t * dInner + d]!));
  return gate * (error + 5 * (size + skip)) + smallest * (1 + size + skip);
}
