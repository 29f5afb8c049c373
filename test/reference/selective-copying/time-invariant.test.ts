/**
 * The paper's §3.1 as an experiment, second half: the same model with Δ, B and C constant, trained by the same recipe,
 * does not learn to copy selectively, and with more noise than it was trained on it guesses.
 */
import { expect, test } from 'vitest';
import { trainAndAsk } from './recipe.ts';

test('the same model made time-invariant fails', { timeout: 1_200_000 }, () => {
  const { asTrained, longer } = trainAndAsk(false);
  expect(asTrained).toBeLessThan(0.9);
  expect(longer).toBeLessThan(0.25); // guessing: 12.5 %
});
