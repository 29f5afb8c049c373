/**
 * Causal attention as its formula says: all scores of a query, their softmax, the mean of the values by it. The tiled form
 * beside it (attention-flash.ts) computes the same function without ever holding a row of scores.
 */
import type { AttentionInput } from './attention.ts';
import { checkAttention, score, visibleKeys } from './attention.ts';
import { softmax } from './softmax.ts';

/**
 * Every new token looks back at the tokens that it may see.
 *
 *   s[j] = Σ_c q[t,h,c]·k[j,h,c]             place(t) − window < j ≤ place(t), place(t) = position + t
 *   y[t,h,c] = Σ_j softmax(s)[j]·v[j,h,c]
 *
 * Source: Vaswani et al., arXiv:1706.03762, eq. 1, but without its 1/√headDim, as GPT-Neo has it; transformers'
 * implementation `eager`, which holds the scores of all queries at once: seqLen × (position + seqLen) numbers a head.
 *
 * @returns y (seqLen, nHead, headDim)
 * @throws RangeError when a length does not fit
 * Rounding: sums in ascending order, over the visible keys only: what a query does not see cannot change a bit of it, and
 * any split of a text between calls gives the same bits.
 */
export function attentionEager(input: AttentionInput): Float64Array {
  checkAttention(input);
  const { seqLen, position = 0, nHead, headDim, v } = input;
  const y = new Float64Array(seqLen * nHead * headDim);
  for (let t = 0; t < seqLen; t++) {
    const [from, to] = visibleKeys(input, position + t);
    for (let head = 0; head < nHead; head++) {
      const weights = softmax(Float64Array.from({ length: to - from }, (_, j) => score(input, head, t, from + j)));
      for (let c = 0; c < headDim; c++) {
        let sum = 0;
        for (let j = from; j < to; j++) sum += weights[j - from]! * v[(j * nHead + head) * headDim + c]!;
        y[(t * nHead + head) * headDim + c] = sum;
      }
    }
  }
  return y;
}
