/**
 * The linear recurrence of every state space model, over plain arrays and by any scan.
 */

import type { Affine, Scan } from './monoid.ts';
import { affine } from './monoid.ts';
import { scanSequential } from './scan-sequential.ts';
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface RecurrenceInput {
  readonly seqLen: number;
  /** Independent recurrences side by side: for Mamba, channels = dInner·dState. */
  readonly channels: number;
  readonly a: Floats; // (seqLen, channels)
  readonly b: Floats; // (seqLen, channels)
  readonly h0?: Floats | undefined; // (channels), default 0
}

/**
 * Runs h_t = a_t·h_{t−1} + b_t, h_{−1} = h0, for each channel.
 *
 * An initial state needs no rule of its own: it is exactly b_0 += a_0·h0.
 * Source: the Mamba paper, eq. 2a, with a = Ā and b = B̄x.
 *
 * @param scan the algorithm, {@link scanSequential} unless given
 * @returns h (seqLen, channels): all states, the new state of each step
 * @throws RangeError when a length does not fit
 * Rounding: float64, at most two roundings a token along any path: within 2·seqLen·u·scale of the exact value, where
 *   scale is the same recurrence on magnitudes. Seen on random inputs: 4·u·scale.
 */
export function linearRecurrence(input: RecurrenceInput, scan: Scan = scanSequential): Float64Array {
  const { seqLen, channels, a, b, h0 } = input;
  expectSize('seqLen', seqLen);
  expectSize('channels', channels);
  expectShape('a', a, { seqLen, channels });
  expectShape('b', b, { seqLen, channels });
  expectOptionalShape('h0', h0, { channels });

  const h = new Float64Array(seqLen * channels);
  for (let d = 0; d < channels; d++) {
    const steps: Affine[] = [];
    for (let t = 0; t < seqLen; t++) {
      const aT = a[t * channels + d]!;
      const bT = b[t * channels + d]!;
      steps.push([aT, t === 0 ? aT * (h0?.[d] ?? 0) + bT : bT]);
    }
    scan(affine, steps).forEach(([, state], t) => {
      h[t * channels + d] = state;
    });
  }
  return h;
}
