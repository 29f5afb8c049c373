import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomPrompts } from '../../src/evaluate/script-prompts.ts';

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  promptLength: fc.integer({ min: 1, max: 50 }),
  vocabSize: fc.integer({ min: 2, max: 3000 }),
});

test('random prompts have the asked shape, and ids in [1, 1000) and in the vocabulary', () => {
  fc.assert(
    fc.property(sizes, fc.nat(100), ({ batch, promptLength, vocabSize }, seed) => {
      const rows = randomPrompts({ batch, promptLength, vocabSize }, seed);
      expect(rows.map((ids) => ids.length)).toEqual(Array.from({ length: batch }, () => promptLength));
      for (const id of rows.flat()) expect(id >= 1 && id < Math.min(1000, vocabSize)).toBe(true);
    }),
  );
});

test('a larger batch has the same rows first, a longer prompt the same ids first, any large vocabulary the same ids', () => {
  fc.assert(
    fc.property(sizes, ({ batch, promptLength }) => {
      const rows = randomPrompts({ batch, promptLength, vocabSize: 50280 });
      const more = randomPrompts({ batch: batch + 3, promptLength: promptLength + 7, vocabSize: 50257 });
      expect(more.slice(0, batch).map((ids) => ids.slice(0, promptLength))).toEqual(rows);
    }),
  );
});

test('all 999 ids come, each about as often: 999,000 draws are within five standard deviations', () => {
  const counts = new Map<number, number>();
  for (const id of randomPrompts({ batch: 999, promptLength: 1000, vocabSize: 50280 }).flat()) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  expect(counts.size).toBe(999);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
});
