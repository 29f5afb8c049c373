/**
 * The short depthwise convolution in front of the scan (paper, §3.4, Figure 3): each channel looks at its last dConv
 * tokens, itself included. The SiLU after it stands in mamba-block.ts.
 *
 * State and input are read as one history, `[convState; x]`: row r of it is token r − (dConv − 1), so that the window
 * of token t is rows t … t + dConv − 1 and the next convState is the history's last dConv − 1 rows.
 */
import { sequenceBounds } from './selective-scan-input.ts';
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface CausalConv1dInput {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dConv: number;
  readonly x: Floats; // (seqLen, dInner)
  readonly weight: Floats; // (dInner, dConv)
  readonly bias?: Floats | undefined; // (dInner)
  readonly convState?: Floats | undefined; // (sequences, dConv − 1, dInner): raw inputs before token 0, oldest first
  readonly cuSeqlens?: ArrayLike<number> | undefined; // bounds of packed sequences, default [0, seqLen]
}

/**
 * Convolves every channel with its own taps, looking back only.
 *
 *   y[t,d] = bias[d] + Σ_k weight[d,k]·x[t − (dConv − 1) + k, d]
 *
 * A cross-correlation, as in PyTorch: the last tap, k = dConv − 1, meets the current token. Before a sequence's first
 * token lies its convState, or zeros. No sequence sees the one packed before it.
 *
 * @returns y (seqLen, dInner), and the convState that continues each sequence, shaped as the one given
 * @throws RangeError when a length does not fit
 * Rounding: float64, summed over k in ascending order, the bias added last.
 */
export function causalConv1d(input: CausalConv1dInput): { y: Float64Array; convState: Float64Array } {
  const { dInner, dConv, weight, bias } = input;
  const parts = histories(input);
  const y = new Float64Array(input.seqLen * dInner);
  const convState = new Float64Array(parts.length * (dConv - 1) * dInner);
  parts.forEach(({ history, start, seqLen }, s) => {
    for (let t = 0; t < seqLen; t++) {
      for (let d = 0; d < dInner; d++) {
        let sum = 0;
        for (let k = 0; k < dConv; k++) sum += weight[d * dConv + k]! * history[(t + k) * dInner + d]!;
        y[(start + t) * dInner + d] = bias === undefined ? sum : sum + bias[d]!;
      }
    }
    convState.set(history.subarray(seqLen * dInner), s * (dConv - 1) * dInner);
  });
  return { y, convState };
}

export interface CausalConv1dGradients {
  readonly dX: Float64Array; // (seqLen, dInner)
  readonly dWeight: Float64Array; // (dInner, dConv)
  readonly dBias: Float64Array; // (dInner), to be ignored when there was no bias
  readonly dConvState: Float64Array; // (sequences, dConv − 1, dInner): by the state given
}

/**
 * Gradients of {@link causalConv1d}.
 *
 *   dHistory[t + k, d] += dY[t,d]·weight[d,k]     dWeight[d,k] = Σ_t dY[t,d]·history[t + k, d]     dBias[d] = Σ_t dY[t,d]
 *
 * @param dY (seqLen, dInner)
 * @param dConvStateLast the gradient by the returned convState, default 0
 */
export function causalConv1dBackward(
  input: CausalConv1dInput,
  dY: Floats,
  dConvStateLast?: Floats,
): CausalConv1dGradients {
  const { dInner, dConv, weight } = input;
  const parts = histories(input);
  const stateLength = (dConv - 1) * dInner;
  expectShape('dY', dY, { seqLen: input.seqLen, dInner });
  expectOptionalShape('dConvStateLast', dConvStateLast, { sequences: parts.length, state: stateLength });

  const dWeight = new Float64Array(dInner * dConv);
  const dBias = new Float64Array(dInner);
  const dX = new Float64Array(input.seqLen * dInner);
  const dConvState = new Float64Array(parts.length * stateLength);
  parts.forEach(({ history, start, seqLen }, s) => {
    const dHistory = new Float64Array(history.length);
    if (dConvStateLast !== undefined) {
      dHistory.set(dConvStateLast.subarray(s * stateLength, (s + 1) * stateLength), seqLen * dInner);
    }
    for (let t = 0; t < seqLen; t++) {
      for (let d = 0; d < dInner; d++) {
        const g = dY[(start + t) * dInner + d]!;
        dBias[d]! += g;
        for (let k = 0; k < dConv; k++) {
          dHistory[(t + k) * dInner + d]! += g * weight[d * dConv + k]!;
          dWeight[d * dConv + k]! += g * history[(t + k) * dInner + d]!;
        }
      }
    }
    dConvState.set(dHistory.subarray(0, stateLength), s * stateLength);
    dX.set(dHistory.subarray(stateLength), start * dInner);
  });
  return { dX, dWeight, dBias, dConvState };
}

interface History {
  readonly history: Float64Array; // (dConv − 1 + seqLen, dInner)
  readonly start: number;
  readonly seqLen: number;
}

/** Checks the operands and lays out each packed sequence's history. */
function histories(input: CausalConv1dInput): History[] {
  const { seqLen, dInner, dConv, x, weight, bias, convState, cuSeqlens } = input;
  expectSize('seqLen', seqLen);
  expectSize('dInner', dInner);
  expectSize('dConv', dConv, 1);
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  expectShape('x', x, { seqLen, dInner });
  expectShape('weight', weight, { dInner, dConv });
  expectOptionalShape('bias', bias, { dInner });
  expectOptionalShape('convState', convState, { sequences: sequences.length, 'dConv − 1': dConv - 1, dInner });

  const stateLength = (dConv - 1) * dInner;
  return sequences.map(({ start, end }, s) => {
    const history = new Float64Array(stateLength + (end - start) * dInner);
    if (convState !== undefined) history.set(convState.subarray(s * stateLength, (s + 1) * stateLength));
    history.set(x.subarray(start * dInner, end * dInner), stateLength);
    return { history, start, seqLen: end - start };
  });
}
