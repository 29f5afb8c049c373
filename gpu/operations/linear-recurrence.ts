/**
 * h_t = a_t·h_{t−1} + b_t for channels side by side, in order and in chunks; by Blelloch's tree: scan-blelloch.ts.
 */
import type { Scratch } from '../scratch.ts';
import type { Value } from '../value.ts';

/** The recurrence on the device. */
export interface ResidentRecurrence {
  /** ≥ 1 */
  readonly seqLen: number;
  /** ≥ 1 */
  readonly channels: number;
  readonly a: Value; // (seqLen, channels)
  readonly b: Value; // (seqLen, channels)
  readonly h0?: Value | undefined; // (channels), default 0
}

/** All states h (seqLen, channels), each thread from the start: one call, seqLen²/2 steps a channel. */
export function scanSequential(scratch: Scratch, { seqLen, channels, a, b, h0 }: ResidentRecurrence): Value {
  const first = h0 ?? scratch.machine.nothing();
  return scratch.call('scanSequential', [channels, seqLen], a, b, first, seqLen, channels, flag(h0));
}

/**
 * As the selective scan does it: what every chunk does to a state, the states before all chunks, and each state from
 * the one before its chunk. Four calls, one when there is a single chunk; chunk/2 + seqLen/(2·chunk) steps a thread.
 */
export function scanChunked(scratch: Scratch, recurrence: ResidentRecurrence, chunk: number): Value {
  const { seqLen, channels, a, b, h0 } = recurrence;
  const nothing = scratch.machine.nothing();
  const [first, chunks] = [h0 ?? nothing, Math.ceil(seqLen / chunk)];
  let carry = nothing;
  if (chunks > 1) {
    const shape = [channels, chunks] as const;
    const factors = scratch.call('chunkFactor', shape, a, seqLen, channels, chunk);
    const totals = scratch.call('chunkTotal', shape, a, b, first, seqLen, channels, chunk, flag(h0));
    carry = scratch.call('chunkBefore', shape, factors, totals, channels, chunks);
  }
  return scratch.call('chunkedStates', [channels, seqLen], a, b, first, carry, channels, chunk, flag(h0));
}

/** Of what may be absent. */
export function flag(value: Value | undefined): 0 | 1 {
  return value === undefined ? 0 : 1;
}
