/**
 * Planted mistakes: each wrong GPT-Neo must be told from a right one by the goldens' hidden rows. Those of the cache show
 * when the same ids are read in two chunks, which must give what transformers gave for all at once.
 */
import { expect, test } from 'vitest';
import { gptNeoModelForward } from '../../src/reference/gpt-neo-model.ts';
import { relativeError } from '../compare.ts';
import { readGolden } from '../golden.ts';
import { gptNeoConfigOf, gptNeoWeightsOf } from '../golden-model.ts';
import { ofBatch } from './golden-continuation.ts';
import type { Mistake } from './wrong-gpt-neo.ts';
import { mistakes, wrongGptNeo } from './wrong-gpt-neo.ts';

/** As far as the right one may be away, and no nearer than a hundred times that the wrong ones. */
const bound = 1e-11;

const goldens = await Promise.all(
  ['gptneo-a', 'gptneo-b'].map(async (name) => {
    const golden = await readGolden(name);
    const config = gptNeoConfigOf(golden);
    const ids = ofBatch(golden, 'input_ids', 0);
    const hidden = ofBatch(golden, `hidden.${config.nLayer}`, 0);
    return { config, weights: gptNeoWeightsOf(golden, config), ids, hidden };
  }),
);

/** The hidden rows' errors, one a model; of mistakes that a cache makes, when the ids come in two chunks. */
function errorsOf(mistake: Mistake, chunked: boolean): number[] {
  return goldens.map(({ config, weights, ids, hidden }) => {
    const chunks = chunked ? [ids.length - 9, 9] : [ids.length];
    return relativeError(wrongGptNeo(config, weights, ids, { mistake, chunks }), hidden);
  });
}

test('the second implementation without a mistake passes, and so does the reference', () => {
  expect(Math.max(...errorsOf('none', false), ...errorsOf('none', true))).toBeLessThanOrEqual(bound);
  for (const { config, weights, ids, hidden } of goldens) {
    expect(relativeError(gptNeoModelForward(config, weights, ids).hidden, hidden)).toBeLessThanOrEqual(bound);
  }
});

test.each(mistakes)('%s is caught by both goldens', (mistake) => {
  const errors = errorsOf(mistake, mistake.endsWith('after a cache'));
  expect(errors.every((error) => !(error <= 100 * bound))).toBe(true);
});
