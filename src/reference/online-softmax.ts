/**
 * A mean by softmax over scores that come piece by piece: what makes attention possible without a row of scores.
 *
 * Source: Milakov & Gimelshein, arXiv:1805.02867, Algorithm 3, carrying a weighted sum of values along as FlashAttention
 * does (Dao et al., arXiv:2205.14135, §3.1).
 */

/** After scores s and values v: max = max(s), sum = Σ_j exp(s[j] − max), values[c] = Σ_j exp(s[j] − max)·v[j,c]. */
export interface OnlineSoftmax {
  readonly max: number;
  readonly sum: number;
  readonly values: Float64Array; // (width)
}

/** After no scores. */
export function emptyMean(width: number): OnlineSoftmax {
  return { max: -Infinity, sum: 0, values: new Float64Array(width) };
}

/**
 * Takes in a piece. What is there was scaled by exp(−max); the piece may raise the maximum, so it is scaled anew.
 *
 *   max' = max(max, s)     r = exp(max − max')
 *   sum' = sum·r + Σ_j exp(s[j] − max')     values'[c] = values[c]·r + Σ_j exp(s[j] − max')·v[j,c]
 *
 * @param scores of the piece
 * @param value v[j,c]
 * Rounding: r is exactly 1 while the maximum stays. A piece whose scores are all −∞ weighs nothing and is passed over
 * (max − max' would be ∞ − ∞).
 */
export function takeIn(
  mean: OnlineSoftmax,
  scores: Float64Array,
  value: (j: number, c: number) => number,
): OnlineSoftmax {
  let max = mean.max;
  for (const s of scores) max = Math.max(max, s);
  if (max === -Infinity) return mean;
  const rescale = Math.exp(mean.max - max);
  const weights = scores.map((s) => Math.exp(s - max));

  let sum = 0;
  for (const w of weights) sum += w;
  const values = mean.values.map((before, c) => {
    let piece = 0;
    for (let j = 0; j < weights.length; j++) piece += weights[j]! * value(j, c);
    return before * rescale + piece;
  });
  return { max, sum: mean.sum * rescale + sum, values };
}

/** Σ_j softmax(s)[j]·v[j,c] (width). Of no scores, or −∞ alone: 0/0, NaN. */
export function meanOf({ sum, values }: OnlineSoftmax): Float64Array {
  return values.map((value) => value / sum);
}
