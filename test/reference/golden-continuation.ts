/**
 * How the goldens' continuations were chosen.
 */
import type { Golden } from '../golden.ts';

/** The b-th sequence of a tensor (batch, …). */
export function ofBatch(golden: Golden, name: string, b: number): Float64Array {
  const { shape, data } = golden.tensors.get(name)!;
  const size = data.length / shape[0]!;
  return data.subarray(b * size, (b + 1) * size);
}

/** The highest score; the first of equals. */
export function argmax(scores: Float64Array): number {
  return scores.reduce((best, score, id) => (score > scores[best]! ? id : best), 0);
}

/** Lowers the score of every id seen so far, once each: score·penalty if it is negative, score/penalty if not. */
export function penalised(scores: Float64Array, seen: readonly number[], penalty: number): Float64Array {
  const lowered = scores.slice();
  for (const id of new Set(seen)) lowered[id] = scores[id]! < 0 ? scores[id]! * penalty : scores[id]! / penalty;
  return lowered;
}
