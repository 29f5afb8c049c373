/**
 * Tokens that a device draws are those that the host's sampler draws from the same logits with the same noise.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { closeModes, expectRan, modesUnderTest } from './modes-under-test.ts';
import type { DrawCall } from './page/draws.ts';

const patience = 300_000;
const seeds = [1, 2, 3];

const modes = await modesUnderTest();
afterAll(() => closeModes(modes));

const plain = { temperature: 0.8, topK: 0, topP: 1, minP: 0 };
const samplings: readonly DrawCall['sampling'][] = [
  plain,
  { ...plain, topP: 0.95 },
  { ...plain, topP: 0.5 },
  { ...plain, topP: 1e-9 }, // 1 − p is 1 in float32
  { ...plain, temperature: 1.7, minP: 0.05 },
  { ...plain, topP: 0.9, minP: 0.02 },
  { ...plain, topK: 1 },
  { ...plain, temperature: 2, topK: 40 },
  { ...plain, topK: 64, topP: 0.8, minP: 0.01 },
  { ...plain, temperature: 0.01, topP: 0.95 }, // weights that float32 can't hold
];
/** Around blocks of 64 columns and groups of 32 blocks, with and without padding. */
const widths: readonly (readonly [width: number, size: number])[] = [
  [1, 1],
  [2, 2],
  [63, 63],
  [64, 60],
  [65, 65],
  [129, 128],
  [2049, 2047],
  [4200, 4200],
];

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  test.skipIf(missing).each(samplings)(
    'draws what chooseToken draws, or leaves it undecided, rarely: %o',
    async (sampling) => {
      let rows = 0;
      let undecided = 0;
      for (const [width, size] of widths) {
        for (const seed of seeds) {
          const answer = await place!.call('draw', { open: { mode }, width, size, rows: 3, sampling, seed });
          expectRan(answer, mode);
          answer.drawn.forEach((token, t) => {
            rows++;
            if (token === -3) undecided++;
            else expect(answer.allowed[t], `row ${t} of ${width}, ${size}, seed ${seed}`).toContain(token);
          });
        }
      }
      expect(undecided).toBeLessThanOrEqual(
        sampling.topP < 0.1 ? rows : sampling.topK > 0 || sampling.topP === 1 ? rows / 20 : rows / 8,
      );
    },
    patience,
  );

  test.skipIf(missing).each([plain, { ...plain, topP: 0.9 }, { ...plain, topK: 5 }])(
    'a row with a NaN is −1, and no other: %o',
    async (sampling) => {
      const call = { open: { mode }, width: 130, size: 130, rows: 3, sampling, seed: 1, brokenRow: 1 };
      const { drawn } = await place!.call('draw', call);
      expect(drawn.map((token) => token < 0)).toEqual([false, true, false]);
      expect(drawn[1]).toBe(-1);
    },
    patience,
  );
});
