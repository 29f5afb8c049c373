/**
 * From logits to the next token: penalty, temperature, filters, and the Gumbel-max draw.
 *
 * The order is: ids of the tokenizer only → repetition penalty → (temperature 0: the largest score, and done) →
 * temperature → top-k → top-p → min-p → draw. A draw needs no generator with a memory: the noise is a pure function
 * of (seed, sequence, position, token), see noise.ts.
 */
import type { Floats } from '../reference/types.ts';
import type { Filters } from './kept-set.ts';
import { keptTokens } from './kept-set.ts';
import { gumbelNoise } from './noise.ts';
import { penaliseRepetition } from './repetition-penalty.ts';

export interface Sampling extends Filters {
  /** ≥ 0; 0 is greedy: the largest score wins, the lowest id among equals, and filters do not matter. */
  readonly temperature: number;
  /** > 0; 1 is off. */
  readonly repetitionPenalty: number;
}

export const defaultSampling: Sampling = { temperature: 0.8, topK: 0, topP: 0.95, minP: 0, repetitionPenalty: 1 };

export interface Draw {
  readonly sampling: Sampling;
  /** The tokenizer's size: ids from here on are padding rows of the model and never chosen. */
  readonly size: number;
  readonly seed: number;
  readonly sequence: number;
}

/** Logits from which no token can be chosen. */
export class LogitsError extends Error {
  override readonly name = 'LogitsError';
}

/**
 * The token after `ids`.
 *
 *   s = penalised logits;  w_i = exp((s_i − max s)/temperature);  kept = filters(w)
 *   token = argmax over kept of (s_i − max s)/temperature + g_i,  g_i Gumbel noise
 *
 * which is distributed as softmax(s/temperature) restricted to the kept set.
 * Source of the draw: Gumbel-max, e.g. Maddison, Tarlow, Minka, A* Sampling, 2014, §2.
 *
 * @param logits (vocabSize) after the last of `ids`
 * @param ids prompt and generated ids so far; their count is the position of the token to come
 * @throws LogitsError when a logit is NaN or +Infinity, or all are −Infinity
 * @throws RangeError for sampling values out of range
 */
export function chooseToken(logits: Floats, ids: ArrayLike<number>, { sampling, size, seed, sequence }: Draw): number {
  expectSampling(sampling);
  const known = logits.subarray(0, size);
  expectLogits(known);
  const scores = sampling.repetitionPenalty === 1 ? known : penaliseRepetition(known, ids, sampling.repetitionPenalty);
  const largest = largestAt(scores);
  if (sampling.temperature === 0) return largest;

  // Subtracting the maximum first keeps the quotient finite for the smallest temperatures.
  const max = scores[largest]!;
  const scaled = new Float64Array(scores.length);
  const weights = new Float64Array(scores.length);
  for (let i = 0; i < scores.length; i++) {
    scaled[i] = (scores[i]! - max) / sampling.temperature;
    weights[i] = Math.exp(scaled[i]!);
  }
  const kept = keptTokens(weights, sampling);
  const noise = gumbelNoise({ seed, sequence, position: ids.length }, kept);
  for (let i = 0; i < kept.length; i++) noise[i]! += scaled[kept[i]!]!;
  return kept[largestAt(noise)]!;
}

/** The place of the largest value, the first among equals. */
function largestAt(values: Floats): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function expectLogits(logits: Floats): void {
  let finite = false;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (!(logit < Number.POSITIVE_INFINITY)) {
      throw new LogitsError(`"logits" expected numbers below +Infinity, got ${logit} at token ${i}`);
    }
    if (logit > Number.NEGATIVE_INFINITY) finite = true;
  }
  if (!finite) {
    throw new LogitsError(`"logits" expected at least one finite number, got ${logits.length} times -Infinity`);
  }
}

/** @throws RangeError naming the first value out of its range. Written so that NaN fails. */
export function expectSampling({ temperature, topK, topP, minP, repetitionPenalty }: Sampling): void {
  const expect = (name: string, holds: boolean, expected: string, got: number) => {
    if (!holds) throw new RangeError(`"${name}" expected ${expected}, got ${got}`);
  };
  expect('temperature', temperature >= 0 && temperature < Infinity, 'a number ≥ 0', temperature);
  expect('topK', Number.isInteger(topK) && topK >= 0, 'an integer ≥ 0', topK);
  expect('topP', topP > 0 && topP <= 1, 'a number in (0, 1]', topP);
  expect('minP', minP >= 0 && minP <= 1, 'a number in [0, 1]', minP);
  expect('repetitionPenalty', repetitionPenalty > 0 && repetitionPenalty < Infinity, 'a number > 0', repetitionPenalty);
}
