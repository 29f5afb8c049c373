/**
 * What attention may be off by, in units of u and to first order. With s the scores of one query, m the largest, p their
 * softmax, n keys seen:
 *
 *   a score       headDim products and sums of |q|·|k|
 *   a weight      as the score; m − s[j], of which each difference rounds a part; the ulp of exp; and in flash, for each tile
 *                 passed by, exp's ulp and a product
 *   the sums      n sums of p[j]·|v[j]| and a product; the total n/4 sums and two across lanes; the quotient
 *
 * The largest score itself may be off: it is the same in all weights and in their total.
 */
import type { AttentionMethod } from '../../engine/backend.ts';
import { visibleKeys } from '../../reference/attention.ts';
import { smallest } from '../running-error.ts';
import type { OneSequence } from './attention.ts';

/** Keys in a tile: the fewest that a backend's flash takes at a time. */
const tileKeys = 64;
/** exp within an ulp, of 2u at most. */
const expError = 2;

/** (seqLen, nHead, headDim) */
export function attentionScale(one: OneSequence, method: AttentionMethod): Float64Array {
  const { seqLen, position, nHead, headDim, v } = one;
  const scale = new Float64Array(seqLen * nHead * headDim);
  for (let t = 0; t < seqLen; t++) {
    const [from, to] = visibleKeys(one, position + t);
    const tiles = method === 'flash' ? Math.floor((to - 1) / tileKeys) - Math.floor(from / tileKeys) : 0;
    const perWeight = (tiles + 1) * (expError + 1);
    const count = to - from;
    for (let h = 0; h < nHead; h++) {
      const weights = weightsOf(one, h, t, perWeight);
      const ofTotal = weights.reduce((sum, { p, error }) => sum + p * error, 0) + count / 4 + 4 + tiles;
      for (let d = 0; d < headDim; d++) {
        const column = (j: number) => Math.abs(v[((from + j) * nHead + h) * headDim + d]!);
        const size = weights.reduce((sum, { p }, j) => sum + p * column(j), 0);
        const ofSums = weights.reduce((sum, { p, error }, j) => sum + p * column(j) * (error + count + tiles + 1), 0);
        const lost = weights.reduce((sum, _, j) => sum + (tiles + 2) * smallest * (1 + column(j)), 0);
        scale[(t * nHead + h) * headDim + d] = ofSums + size * (ofTotal + 1) + lost;
      }
    }
  }
  return scale;
}

/** Softmax of one query, and what each weight may be off by, relative to it. */
function weightsOf(one: OneSequence, h: number, t: number, perWeight: number) {
  const { nHead, headDim, position, q, k } = one;
  const [from, to] = visibleKeys(one, position + t);
  const scores = Array.from({ length: to - from }, (_, j) => {
    let [sum, size] = [0, 0];
    for (let d = 0; d < headDim; d++) {
      const product = q[(t * nHead + h) * headDim + d]! * k[((from + j) * nHead + h) * headDim + d]!;
      sum += product;
      size += Math.abs(product);
    }
    return { sum, size };
  });
  const most = scores.reduce((m, { sum }) => Math.max(m, sum), -Infinity);
  const total = scores.reduce((sum, s) => sum + Math.exp(s.sum - most), 0);
  return scores.map(({ sum, size }) => ({
    p: Math.exp(sum - most) / total,
    error: (headDim + 1) * size + headDim * smallest + (most - sum) + perWeight,
  }));
}
