/**
 * The selective scan through memory: Ā and B̄x stored for every token, channel and state, the states h too, and read
 * again. It shows what the fused scan saves, and does everything else alike: the same chunks, the same order of sums.
 *
 * Its sequences are one recurrence in which Ā = 0 forgets; Ā = 0 does not forget a NaN or an infinity.
 */
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { sequenceBounds } from '../../src/reference/selective-scan-input.ts';
import type { Scratch } from '../scratch.ts';
import type { Value } from '../value.ts';
import { flag, scanChunked } from './linear-recurrence.ts';
import { tokensOfChunk } from './selective-scan.ts';
import type { ScanArrays } from './selective-scan-arrays.ts';

export async function selectiveScanUnfused(scratch: Scratch, input: SelectiveScanInput): Promise<ScanArrays> {
  const { seqLen, dInner, dState } = input;
  const bounds = sequenceBounds(seqLen, input.cuSeqlens);
  const h0 = Float32Array.from(input.h0 ?? new Float32Array(bounds.length * dInner * dState));
  if (seqLen === 0 || dInner === 0) return { y: new Float32Array(), hLast: h0 };
  const x = scratch.upload(input.x);
  if (dState === 0) return { y: await scratch.read(outputs(scratch, input, x, undefined)), hLast: h0 };
  const h = states(scratch, input, x, h0, bounds);
  const y = await scratch.read(outputs(scratch, input, x, h));
  return { y, hLast: await lastStates(scratch, h, h0, bounds) };
}

type Bounds = ReturnType<typeof sequenceBounds>;

/** h (seqLen, dInner, dState) */
function states(scratch: Scratch, input: SelectiveScanInput, x: Value, h0: Float32Array, bounds: Bounds): Value {
  const { seqLen, dInner, dState, groups = 1, discretization } = input;
  const starts = new Float32Array(seqLen);
  bounds.forEach(({ start, end }, s) => {
    if (start < end) starts[start] = 1 + s;
  });
  const [bias, delta] = [input.deltaBias && scratch.upload(input.deltaBias), scratch.upload(input.delta)];
  const numbers = [0, dInner, flag(bias), input.deltaSoftplus ? 1 : 0];
  const steps = scratch.call('stepSize', [dInner, seqLen], delta, bias ?? scratch.machine.nothing(), ...numbers);
  const [A, B, from] = [scratch.upload(input.A), scratch.upload(input.B), scratch.upload(starts)];
  const shape = [dState, dInner, seqLen] as const;
  const a = scratch.call('storedABar', shape, steps, A, from, dInner, dState);
  const read = [steps, x, A, B, scratch.upload(h0), from];
  const sizes = [dInner, dState, dInner / groups, groups * dState, discretization === 'zoh' ? 1 : 0];
  const b = scratch.call('storedInput', shape, ...read, ...sizes);
  return scanChunked(scratch, { seqLen, channels: dInner * dState, a, b }, tokensOfChunk);
}

/** y[t,d] = (Σ_n C[t,n]·h[t,d,n] + D[d]·x[t,d])·silu(z[t,d]): one token's outputs, for all rows */
function outputs(scratch: Scratch, input: SelectiveScanInput, x: Value, h: Value | undefined): Value {
  const { seqLen, dInner, dState, groups = 1 } = input;
  const nothing = scratch.machine.nothing();
  const [D, z] = [input.D && scratch.upload(input.D), input.z && scratch.upload(input.z)];
  const read = [h ?? nothing, scratch.upload(input.C), D ?? nothing, x, z ?? nothing];
  const places = [0, groups * dState, 0, dInner, 0, dInner];
  const sizes = [dInner, dState, dInner / groups];
  return scratch.call('stepOutput', [dInner, seqLen], ...read, ...sizes, ...places, flag(D), flag(z));
}

/** h after the last token of every sequence; of an empty one as it was. */
async function lastStates(scratch: Scratch, h: Value, h0: Float32Array, bounds: Bounds): Promise<Float32Array> {
  const width = h0.length / bounds.length;
  const index = scratch.upload(bounds.map(({ end }) => Math.max(0, end - 1)));
  const last = await scratch.read(scratch.call('copyRows', [width, bounds.length], h, index, 0, width));
  bounds.forEach(({ start, end }, s) => {
    if (start === end) last.set(h0.subarray(s * width, (s + 1) * width), s * width);
  });
  return last;
}
