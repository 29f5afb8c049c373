/**
 * Blelloch's scan in passes over the tree's levels: leaves, up-sweep, down-sweep, and the inclusive states. It does the
 * work of two sweeps over the tokens however many threads there are, and takes 2·log₂ P + 1 kernel calls.
 */
import type { Scratch } from '../scratch.ts';
import type { Value } from '../value.ts';
import type { ResidentRecurrence } from './linear-recurrence.ts';
import { flag } from './linear-recurrence.ts';

/** All states h (seqLen, channels). */
export function scanBlelloch(scratch: Scratch, { seqLen, channels, a, b, h0 }: ResidentRecurrence): Value {
  const width = 2 * channels;
  const size = 2 ** levelsOf(seqLen);
  const first = h0 ?? scratch.machine.nothing();
  const leaves = scratch.call('scanLeaves', [width, size], a, b, first, seqLen, channels, flag(h0));

  // Up-sweep: levels[k] holds the totals of blocks of 2ᵏ. The root's total is dropped by the algorithm: not computed.
  const levels = [leaves];
  for (let nodes = size / 2; nodes > 1; nodes /= 2) {
    levels.push(scratch.call('upSweep', [width, nodes], levels.at(-1)!, channels));
  }

  // Down-sweep: nothing lies before the root.
  let before = scratch.upload(Float32Array.from({ length: width }, (_, i) => (i < channels ? 1 : 0)));
  for (let nodes = 2; nodes <= size; nodes *= 2) {
    before = scratch.call('downSweep', [width, nodes], before, levels.pop()!, channels);
  }
  return scratch.call('scanStates', [channels, seqLen], before, leaves, channels);
}

/** Kernel calls for so many tokens: leaves, log₂ P − 1 up, log₂ P down, states; P: the next power of two. */
export function passesOfBlelloch(seqLen: number): number {
  const levels = levelsOf(seqLen);
  return 2 + Math.max(0, levels - 1) + levels;
}

/** log₂ of the next power of two; no rounding of Math.log2 in it. */
function levelsOf(seqLen: number): number {
  let levels = 0;
  while (2 ** levels < seqLen) levels++;
  return levels;
}
