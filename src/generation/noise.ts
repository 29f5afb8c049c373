/**
 * The noise of the sampler: a pure function of (seed, sequence, position, token id).
 *
 * Whoever computes logits, in whatever batch or order, meets the same noise, so the same seed gives the same text.
 * The mapping, for another implementation to reproduce (all integers unsigned, words of 32 bits):
 *
 *   key     = (seed mod 2³², ⌊seed / 2³²⌋)
 *   counter = (⌊token / 4⌋, position, sequence, 0)          the last word 0 is reserved for this use
 *   word    = philox4x32-10(counter, key)[token mod 4]
 *   u       = (word + ½)·2⁻³²                               exact in float64, never 0 or 1
 *   noise   = −log(−log(u))                                 the standard Gumbel distribution, within [−3.2, 22.9]
 */
import type { Words4 } from './philox.ts';
import { philox4x32 } from './philox.ts';

export interface NoiseKey {
  /** An integer in 0…2⁵³ − 1. */
  readonly seed: number;
  /** Which row of a batch, or which sample of one prompt: an integer in 0…2³² − 1. */
  readonly sequence: number;
  /** The place of the token to be chosen, counted from the first token of the prompt: an integer in 0…2³² − 1. */
  readonly position: number;
}

const twoTo32 = 2 ** 32;

/** (word + ½)·2⁻³², strictly between 0 and 1. */
export function uniformFromWord(word: number): number {
  return (word + 0.5) / twoTo32;
}

/**
 * Standard Gumbel noise for some of the vocabulary.
 *
 *   noise[i] = −log(−log(u(seed, sequence, position, tokens[i])))
 *
 * Source: E. J. Gumbel, Statistical Theory of Extreme Values and Some Practical Applications, 1954; sampler.ts uses it.
 * @param tokens ids, each below 2³²; neighbours in one block of four share a call of Philox
 * @returns one number an id
 * @throws RangeError when a part of the key is not an integer in its range
 * Rounding: u is exact; each of the two logarithms is the platform's float64.
 */
export function gumbelNoise({ seed, sequence, position }: NoiseKey, tokens: ArrayLike<number>): Float64Array {
  expectInteger('seed', seed, Number.MAX_SAFE_INTEGER);
  expectInteger('sequence', sequence, twoTo32 - 1);
  expectInteger('position', position, twoTo32 - 1);

  const key = [seed % twoTo32, Math.floor(seed / twoTo32)] as const;
  const noise = new Float64Array(tokens.length);
  let words: Words4 = [0, 0, 0, 0];
  let wordsOfBlock = -1;
  for (let i = 0; i < tokens.length; i++) {
    const block = Math.floor(tokens[i]! / 4);
    if (block !== wordsOfBlock) {
      words = philox4x32([block, position, sequence, 0], key);
      wordsOfBlock = block;
    }
    noise[i] = -Math.log(-Math.log(uniformFromWord(words[tokens[i]! % 4]!)));
  }
  return noise;
}

function expectInteger(name: string, value: number, most: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= most)) {
    throw new RangeError(`"${name}" expected an integer in 0…${most}, got ${value}`);
  }
}
