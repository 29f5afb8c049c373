/**
 * The bytes that the selective scan moves, fused and unfused: what fusion buys, counted. Every kernel call reads what it
 * needs of each array once and writes its result once, four bytes a number; what its threads read again is taken to come
 * from a cache, so these are the least bytes, of both alike. One row a kernel call, in the order of the calls of
 * GpuKernels with more than one token in some sequence and more than one chunk; copies from and to the host not included.
 *
 * With L tokens, E channels, N states, c = ⌈L/T⌉ chunks, a gate and one group the leading terms are, in numbers,
 *
 *   fused 12·L·E + 6·c·E·N + 7·L·N     unfused 9·L·E·N + 8·L·E + 6·c·E·N + 2·L·N
 */
import type { KernelName } from '../definitions.ts';
import { tokensOfChunk } from './selective-scan.ts';

export interface ScanSizes {
  readonly seqLen: number;
  readonly dInner: number;
  /** ≥ 1 */
  readonly dState: number;
  readonly groups?: number;
  readonly sequences?: number;
  readonly deltaBias?: boolean;
  readonly D?: boolean;
  readonly z?: boolean;
}

export interface Traffic {
  readonly kernel: KernelName;
  readonly bytes: number;
}

/** The least bytes of all its calls. */
export function bytesOfSelectiveScan(sizes: ScanSizes, form: 'fused' | 'unfused'): number {
  const calls = form === 'fused' ? trafficOfFused(sizes) : trafficOfUnfused(sizes);
  return calls.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function trafficOfFused(sizes: ScanSizes): readonly Traffic[] {
  const { tokens, rows, padded, chunks, A, B, states, D, z, sequences } = numbersOf(sizes);
  const lastTokens = sequences * tokensOfChunk;
  return [
    call('beside', 2 * B, 2 * B),
    stepSize(sizes),
    call('chunkDecay', rows + A + tokens, chunks),
    call('chunkState', 2 * rows + A + B + states + tokens, chunks),
    call('chunkCarry', 2 * chunks, chunks),
    call('scanOutput', 2 * rows + A + 2 * B + states + chunks + tokens, padded),
    call('skipAndGate', 2 * rows + D + z, rows),
    call('scanState', (lastTokens / tokens) * (2 * rows + B) + A + 2 * states + 2 * sequences, states),
  ];
}

export function trafficOfUnfused(sizes: ScanSizes): readonly Traffic[] {
  const { tokens, rows, chunks, stored, A, B, states, D, z, sequences } = numbersOf(sizes);
  return [
    stepSize(sizes),
    call('storedABar', rows + A + tokens, stored),
    call('storedInput', 2 * rows + A + B + states + tokens, stored),
    call('chunkFactor', stored, chunks),
    call('chunkTotal', 2 * stored, chunks),
    call('chunkBefore', 2 * chunks, chunks),
    call('chunkedStates', 2 * stored + chunks, stored),
    call('stepOutput', stored + B + D + rows + z, rows),
    call('copyRows', states + sequences, states),
  ];
}

/** How many numbers each array has; absent ones none. */
function numbersOf({ seqLen, dInner, dState, groups = 1, sequences = 1, D, z }: ScanSizes) {
  const [A, rows, chunks] = [dInner * dState, seqLen * dInner, Math.ceil(seqLen / tokensOfChunk)];
  return {
    ...{ tokens: seqLen, rows, padded: chunks * tokensOfChunk * dInner, stored: seqLen * A, chunks: chunks * A },
    ...{ A, B: seqLen * groups * dState, states: sequences * A, sequences },
    ...{ D: D ? dInner : 0, z: z ? rows : 0 },
  };
}

function stepSize({ seqLen, dInner, deltaBias }: ScanSizes): Traffic {
  return call('stepSize', seqLen * dInner + (deltaBias ? dInner : 0), seqLen * dInner);
}

function call(kernel: KernelName, read: number, written: number): Traffic {
  return { kernel, bytes: 4 * (read + written) };
}
