/**
 * Gradients of the selective scan, in two forms that give the same numbers and differ in what they keep.
 *
 * The storing form keeps every state, O(seqLen). The recomputing form keeps one state a chunk and runs each chunk
 * forward once more before it walks back through it, O(seqLen/chunk + chunk): the paper's recomputation (§3.3.2,
 * "we do not save the intermediate states"). The formulas for one token are in selective-scan-token-backward.ts.
 */

import { initialState, stateLength, stateRules } from './selective-scan.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { checkSelectiveScan, sequenceBounds } from './selective-scan-input.ts';
import { tokenBackwardInto } from './selective-scan-token-backward.ts';
import { tokenBackwardComplexInto } from './selective-scan-token-backward-complex.ts';
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

/** The gradient of the loss by each operand, shaped as the operand; complex ones as ∂L/∂Re + i·∂L/∂Im. */
export interface SelectiveScanGradients {
  readonly dX: Float64Array;
  readonly dDelta: Float64Array; // by delta as given: before bias and softplus
  readonly dA: Float64Array;
  readonly dB: Float64Array;
  readonly dC: Float64Array;
  readonly dD: Float64Array; // zeros when there is no D
  readonly dZ: Float64Array; // zeros when there is no z
  readonly dDeltaBias: Float64Array;
  readonly dH0: Float64Array;
}

/** What comes back from the layers above. */
export interface SelectiveScanUpstream {
  readonly dY: Floats; // (seqLen, dInner)
  readonly dHLast?: Floats | undefined; // (sequences, dInner, dState): by the last states, default 0
}

/**
 * All gradients, storing the state that each token meets.
 *
 *   dh_t = C̄_t·gy_t + conj(Ā_{t+1})·dh_{t+1}      (+ dHLast at the last token; twice the first term if complex)
 *
 * a linear recurrence that runs backwards in time: a reverse scan. gy is dY behind the gate.
 *
 * Source: the chain rule on {@link selectiveScan}; checked against autograd and finite differences in the tests.
 * @throws RangeError when a length does not fit
 */
export function selectiveScanBackward(
  input: SelectiveScanInput,
  upstream: SelectiveScanUpstream,
): SelectiveScanGradients {
  return backwardByChunks(input, upstream, Math.max(1, input.seqLen));
}

/**
 * The same gradients, bit for bit, from one kept state per chunk of tokens.
 *
 * @param chunk tokens per chunk, ≥ 1; √seqLen keeps the fewest states, 2·√seqLen
 * @throws RangeError when chunk is not an integer ≥ 1 or a length does not fit
 */
export function selectiveScanBackwardRecomputing(
  input: SelectiveScanInput,
  upstream: SelectiveScanUpstream,
  chunk: number,
): SelectiveScanGradients {
  expectSize('chunk', chunk, 1);
  return backwardByChunks(input, upstream, chunk);
}

function backwardByChunks(
  input: SelectiveScanInput,
  { dY, dHLast }: SelectiveScanUpstream,
  chunk: number,
): SelectiveScanGradients {
  checkSelectiveScan(input);
  const { seqLen, dInner, cuSeqlens } = input;
  const length = stateLength(input);
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  expectShape('dY', dY, { seqLen, dInner });
  expectOptionalShape('dHLast', dHLast, { sequences: sequences.length, state: length });

  const gradients = zeroGradients(input);
  sequences.forEach(({ start, end }, s) => {
    // Forward: keep the state at the start of each chunk.
    const kept: Float64Array[] = [];
    const h = initialState(input, s);
    for (let from = start; from < end; from += chunk) {
      kept.push(h.slice());
      if (from + chunk < end) advanceThrough(h, input, from, from + chunk);
    }

    // Backward: chunk by chunk from the last one, each with its states computed once more.
    const dH =
      dHLast === undefined ? new Float64Array(length) : Float64Array.from(dHLast.slice(s * length, (s + 1) * length));
    for (let c = kept.length - 1; c >= 0; c--) {
      const from = start + c * chunk;
      chunkBackwardInto(gradients, dH, { input, dY, from, to: Math.min(from + chunk, end), h: kept[c]! });
    }
    gradients.dH0.set(dH, s * length);
  });
  return gradients;
}

/** Walks back through tokens from … to − 1. `h` is the state before `from`; dH goes from after the chunk to before it. */
function chunkBackwardInto(
  gradients: SelectiveScanGradients,
  dH: Float64Array,
  chunk: { input: SelectiveScanInput; dY: Floats; from: number; to: number; h: Float64Array },
): void {
  const { input, dY, from, to, h } = chunk;
  const before: Float64Array[] = [h];
  for (let t = from; t < to - 1; t++) {
    const next = before[t - from]!.slice();
    advanceThrough(next, input, t, t + 1);
    before.push(next);
  }
  const tokenBackward = input.complex ? tokenBackwardComplexInto : tokenBackwardInto;
  for (let t = to - 1; t >= from; t--) tokenBackward(gradients, dH, { input, dY, t, hBefore: before[t - from]! });
}

function advanceThrough(h: Float64Array, input: SelectiveScanInput, from: number, to: number): void {
  const { advanceInto } = stateRules(input);
  for (let t = from; t < to; t++) advanceInto(h, input, t);
}

function zeroGradients(input: SelectiveScanInput): SelectiveScanGradients {
  const { x, delta, A, B, C, dInner, seqLen, cuSeqlens } = input;
  return {
    dX: new Float64Array(x.length),
    dDelta: new Float64Array(delta.length),
    dA: new Float64Array(A.length),
    dB: new Float64Array(B.length),
    dC: new Float64Array(C.length),
    dD: new Float64Array(dInner),
    dZ: new Float64Array(seqLen * dInner),
    dDeltaBias: new Float64Array(dInner),
    dH0: new Float64Array(sequenceBounds(seqLen, cuSeqlens).length * stateLength(input)),
  };
}
