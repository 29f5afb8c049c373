/**
 * What the script lets a model read when it is given no prompt: random tokens.
 */
import { uniformFromWord } from '../generation/noise.ts';
import { philox4x32 } from '../generation/philox.ts';

/** Ids of the script lie in [1, 1000). */
const endOfIds = 1000;
/** The last word of the counter; 0 is the sampler's. */
const use = 1;

export interface PromptSizes {
  readonly batch: number;
  readonly promptLength: number;
  readonly vocabSize: number;
}

/**
 * ids[s][t] = 1 + ⌊u·999⌋ with u a uniform number of (seed, s, t): the same for every model whose vocabulary has 1,000
 * tokens, and less than the vocabulary's size for a smaller one. They are not PyTorch's numbers of that seed.
 * @returns (batch, promptLength)
 * @throws RangeError when the vocabulary has no id but 0
 */
export function randomPrompts({ batch, promptLength, vocabSize }: PromptSizes, seed = 0): readonly number[][] {
  if (!(vocabSize >= 2)) throw new RangeError(`"vocabSize" expected an integer ≥ 2, got ${vocabSize}`);
  const count = Math.min(endOfIds, vocabSize) - 1;
  return Array.from({ length: batch }, (_, s) => {
    const ids: number[] = [];
    for (let block = 0; ids.length < promptLength; block++) {
      const words = philox4x32([block, s, 0, use], [seed, 0]);
      for (const word of words) ids.push(1 + Math.floor(uniformFromWord(word) * count));
    }
    return ids.slice(0, promptLength);
  });
}
