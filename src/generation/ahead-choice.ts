/**
 * Sampling as a device does it that writes tokens ahead: the same Gumbel-max draw with the same noise as sampler.ts, so
 * the same tokens up to the rounding of logits.
 */
import type { AheadChoice, AheadWriter } from './language-model.ts';
import { nextTurn } from './next-turn.ts';
import { gumbelNoise } from './noise.ts';
import type { Draw, Sampling } from './sampler.ts';

/** Below this a device's float32 logits/temperature may overflow. */
const leastTemperature = 1e-6;

/** Penalties want all logits on the host, and many candidates do; the rest does not. */
export function choosesAhead(
  { temperature, topK, repetitionPenalty }: Sampling,
  { mostTopK }: Pick<AheadWriter, 'mostTopK'>,
): boolean {
  const drawn = temperature >= leastTemperature && topK <= mostTopK;
  return repetitionPenalty === 1 && (temperature === 0 || drawn);
}

/**
 * The choice of several tokens; noise takes some milliseconds a token, and lets the event loop turn after each.
 * @param position the place of the first token to be chosen
 * @param tokens how many
 */
export async function aheadChoice(
  { sampling, size, seed, sequence }: Draw,
  position: number,
  tokens: number,
  vocabSize: number,
): Promise<AheadChoice> {
  const { temperature, topK, topP, minP } = sampling;
  const known = Math.min(size, vocabSize);
  if (temperature === 0) return { size: known, scale: 1 };
  const noise = new Float32Array(tokens * vocabSize);
  const ids = Uint32Array.from({ length: known }, (_, id) => id);
  for (let k = 0; k < tokens; k++) {
    noise.set(gumbelNoise({ seed, sequence, position: position + k }, ids), k * vocabSize);
    await nextTurn();
  }
  return { size: known, scale: 1 / temperature, noise, filters: { topK, topP, minP } };
}
