/**
 * How likely the chosen token was, and which others would have been.
 */
import type { Floats } from '../reference/types.ts';

export interface TokenLogprob {
  readonly id: number;
  /** log softmax of the raw logits: before temperature, penalty and filters. */
  readonly logprob: number;
}

export interface TokenLogprobs extends TokenLogprob {
  /** The most likely tokens, the likeliest first; the lower id among equals. */
  readonly top: readonly TokenLogprob[];
}

/**
 * logprob[i] = logits[i] − log Σ_j exp(logits[j]), over the tokenizer's ids only.
 * @param size the tokenizer's size: padding rows behind it take no part
 * @param count how many of the most likely tokens to name
 */
export function logprobsOf(logits: Floats, size: number, id: number, count: number): TokenLogprobs {
  const known = logits.subarray(0, size);
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of known) max = Math.max(max, logit);
  let sum = 0;
  for (const logit of known) sum += Math.exp(logit - max);
  const logSum = max + Math.log(sum);
  const entry = (token: number): TokenLogprob => ({ id: token, logprob: logits[token]! - logSum });
  return { ...entry(id), top: largestIds(known, count).map(entry) };
}

function largestIds(values: Floats, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < values.length; id++) {
    if (best.length === count && !(values[id]! > values[best.at(-1)!]!)) continue;
    let place = best.length;
    while (place > 0 && values[id]! > values[best[place - 1]!]!) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
