/**
 * The paper's §3.1 as an experiment, first half: the selective model learns to copy selectively. Trained in float64 by
 * the reference's own gradients, so it is a test of those as well. Its counterpart: time-invariant.test.ts.
 */
import { expect, test } from 'vitest';
import { trainAndAsk } from './recipe.ts';

test('a 2-layer selective model copies at least 95 % of the data tokens', { timeout: 1_200_000 }, () => {
  const { asTrained, longer } = trainAndAsk(true);
  expect(asTrained).toBeGreaterThanOrEqual(0.95);
  // Noise is noise, however much of it: it still does far better than guessing (12.5 %) among four times as much.
  expect(longer).toBeGreaterThanOrEqual(0.5);
});
