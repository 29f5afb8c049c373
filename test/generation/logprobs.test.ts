import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logprobsOf } from '../../src/generation/logprobs.ts';
import { gridArray } from '../arbitraries.ts';

const problems = fc
  .integer({ min: 1, max: 9 })
  .chain((size) => fc.tuple(gridArray(size, 4), fc.nat(size - 1), fc.integer({ min: 0, max: 12 })));

test('logprobs are the logarithm of the softmax, and sum to 1 as probabilities', () => {
  fc.assert(
    fc.property(problems, ([logits, id]) => {
      const { top, logprob } = logprobsOf(logits, logits.length, id, logits.length);
      expect(top.reduce((sum, entry) => sum + Math.exp(entry.logprob), 0)).toBeCloseTo(1, 12);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      expect(logprob).toBeCloseTo(logits[id]! - Math.log(total), 12);
    }),
  );
});

test('top holds the likeliest tokens, the lower id first among equals, and no padding rows', () => {
  fc.assert(
    fc.property(problems, ([logits, id, count]) => {
      const padded = Float64Array.of(...logits, 99);
      const { top } = logprobsOf(padded, logits.length, id, count);
      const ids = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
      expect(top.map((entry) => entry.id)).toEqual(ids.slice(0, count));
    }),
  );
});
