/**
 * The repetition penalty: tokens that already occurred become less likely.
 */
import type { Floats } from '../reference/types.ts';

/**
 * Lowers the score of every token among `ids`, once each, however often it occurs.
 *
 *   score'[i] = score[i]·penalty   if score[i] < 0
 *               score[i]/penalty   otherwise          for i among ids;  score[i] for all others
 *
 * Source: Keskar et al., CTRL, 2019, §4.1, in the form that keeps a negative score from rising.
 * @param scores (size)
 * @param ids prompt and generated ids; those ≥ size are ignored
 * @param penalty > 0; 1 changes nothing, below 1 favours repetition
 * @returns fresh scores (size)
 */
export function penaliseRepetition(scores: Floats, ids: ArrayLike<number>, penalty: number): Float64Array {
  const penalised = Float64Array.from(scores);
  if (penalty === 1) return penalised; // dividing by 1 is exact, so this only saves time
  for (let t = 0; t < ids.length; t++) {
    const id = ids[t]!;
    const score = scores[id]; // as it was: an id that comes again changes nothing
    if (score !== undefined) penalised[id] = score < 0 ? score * penalty : score / penalty;
  }
  return penalised;
}
