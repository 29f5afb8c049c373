/**
 * The selective scan by any scan algorithm, with Ā and B̄x stored: what a parallel machine computes, unfused.
 *
 * It stands beside the plain recurrence of selective-scan.ts and must equal it: bit for bit where the arithmetic is
 * exact, to rounding elsewhere. The fused kernels of other floors never store the arrays that are stored here; that
 * is the paper's hardware-aware algorithm (§3.3.2), and this function is what it saves.
 */
import { bFactor } from './b-factor.ts';
import { linearRecurrence } from './linear-recurrence.ts';
import type { Scan } from './monoid.ts';
import type { SelectiveScanOutput } from './selective-scan.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { checkSelectiveScan, indexB, indexC, sequenceBounds, stepSize } from './selective-scan-input.ts';
import { silu } from './silu.ts';

/**
 * {@link selectiveScan} for a real A, as discretize, one scan over the affine monoid, contract.
 *
 * Packed sequences become one long recurrence: at the first token of each, b += Ā·h0 and then Ā := 0, so that no
 * finite state crosses the cut whatever the bracketing. (A NaN or Infinity does, as 0·∞ is NaN; in the recurrence it
 * ends with its sequence.)
 *
 * @throws RangeError when A is complex or a length does not fit
 */
export function selectiveScanParallel(input: SelectiveScanInput, scan: Scan): SelectiveScanOutput {
  checkSelectiveScan(input);
  if (input.complex) throw new RangeError('"complex" expected a real A in the parallel form, got a complex one');

  const { seqLen, dInner, dState } = input;
  const { aBar, bBarX } = discretized(input);
  const h = linearRecurrence({ seqLen, channels: dInner * dState, a: aBar, b: bBarX }, scan);
  return { y: contract(input, h), hLast: lastStates(input, h) };
}

/** Ā and B̄·x of every token, (seqLen, dInner, dState) each, with the cuts between sequences put in. */
function discretized(input: SelectiveScanInput): { aBar: Float64Array; bBarX: Float64Array } {
  const { seqLen, dInner, dState, x, A, B, h0 } = input;
  const { phi } = bFactor(input.discretization);
  const aBar = new Float64Array(seqLen * dInner * dState);
  const bBarX = new Float64Array(seqLen * dInner * dState);
  sequenceBounds(seqLen, input.cuSeqlens).forEach(({ start, end }, s) => {
    for (let t = start; t < end; t++) {
      for (let i = 0; i < dInner * dState; i++) {
        const d = Math.floor(i / dState);
        const delta = stepSize(input, t, d);
        const deltaA = delta * A[i]!;
        const a = Math.exp(deltaA);
        const b = delta * phi(deltaA) * B[indexB(input, t, d) + (i % dState)]! * x[t * dInner + d]!;
        const at = t * dInner * dState + i;
        aBar[at] = t === start ? 0 : a;
        bBarX[at] = t === start ? a * (h0?.[s * dInner * dState + i] ?? 0) + b : b;
      }
    }
  });
  return { aBar, bBarX };
}

/** y[t,d] = (Σ_n C[t,n]·h[t,d,n] + D[d]·x[t,d])·silu(z[t,d]) */
function contract(input: SelectiveScanInput, h: Float64Array): Float64Array {
  const { seqLen, dInner, dState, x, z, C, D } = input;
  const y = new Float64Array(seqLen * dInner);
  for (let t = 0; t < seqLen; t++) {
    for (let d = 0; d < dInner; d++) {
      const c = indexC(input, t, d);
      let out = 0;
      for (let n = 0; n < dState; n++) out += C[c + n]! * h[(t * dInner + d) * dState + n]!;
      if (D !== undefined) out += D[d]! * x[t * dInner + d]!;
      if (z !== undefined) out *= silu(z[t * dInner + d]!);
      y[t * dInner + d] = out;
    }
  }
  return y;
}

/** The state after each sequence's last token; an empty sequence keeps its h0. */
function lastStates({ seqLen, dInner, dState, h0, cuSeqlens }: SelectiveScanInput, h: Float64Array): Float64Array {
  const size = dInner * dState;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const hLast = new Float64Array(sequences.length * size);
  sequences.forEach(({ start, end }, s) => {
    if (end > start) hLast.set(h.subarray((end - 1) * size, end * size), s * size);
    else if (h0 !== undefined) hLast.set(h0.subarray(s * size, (s + 1) * size), s * size);
  });
  return hLast;
}
