/**
 * Options that are lists of batch sizes: 1,2,4,8.
 */
import { UsageError } from './exit.ts';
import { integerIn, parseNumber } from './number-option.ts';

/** Most sequences side by side. */
export const mostSequences = 2 ** 16;

/**
 * The sizes, rising.
 * @throws UsageError for anything that is no size, and for one that comes twice
 */
export function parseBatches(flag: string, text: string): readonly number[] {
  const sizes = text.split(',').map((part) => parseNumber(flag, part.trim(), integerIn(1, mostSequences)));
  const twice = sizes.find((size, i) => sizes.indexOf(size) !== i);
  if (twice !== undefined) throw new UsageError(`${flag} expected each batch size once, got ${twice} twice`);
  return sizes.toSorted((a, b) => a - b);
}
