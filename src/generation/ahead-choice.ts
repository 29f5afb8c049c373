/**
 * Sampling as a device does it that writes tokens ahead: the same Gumbel-max draw with the same noise as sampler.ts, so
 * the same tokens up to the rounding of logits.
 */
import type { AheadChoice } from './language-model.ts';
import { gumbelNoise } from './noise.ts';
import type { Draw, Sampling } from './sampler.ts';

/** Below this a device's float32 logits/temperature may overflow. */
const leastTemperature = 1e-6;

/** Filters and penalties want all logits on the host; greedy and plain temperature do not. */
export function choosesAhead({ temperature, topK, topP, minP, repetitionPenalty }: Sampling): boolean {
  const plain = temperature >= leastTemperature && topK === 0 && topP === 1 && minP === 0;
  return repetitionPenalty === 1 && (temperature === 0 || plain);
}

/**
 * @param position the place of the first token to be chosen
 * @param tokens how many
 */
export function aheadChoice(
  { sampling: { temperature }, size, seed, sequence }: Draw,
  position: number,
  tokens: number,
  vocabSize: number,
): AheadChoice {
  const known = Math.min(size, vocabSize);
  if (temperature === 0) return { size: known, scale: 1 };
  const noise = new Float32Array(tokens * vocabSize);
  const ids = Uint32Array.from({ length: known }, (_, id) => id);
  for (let k = 0; k < tokens; k++) {
    noise.set(gumbelNoise({ seed, sequence, position: position + k }, ids), k * vocabSize);
  }
  return { size: known, scale: 1 / temperature, noise };
}
