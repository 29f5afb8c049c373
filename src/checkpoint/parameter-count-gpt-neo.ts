/**
 * How many parameters a GPT-Neo has, from its sizes alone.
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';

/**
 * Counts the parameters of a GPT-Neo, the tied head once.
 *
 *   total = V·h + P·h + nLayer·layer + 2h
 *   layer = 4h² + h   + 2·h·F + F + h + 4h
 *           attention   MLP             two norms
 *
 * with V = vocabSize, P = maxPositions, h = hiddenSize, F = intermediateSize. Exact while it stays below 2^53.
 */
export function gptNeoParameterCount(config: GptNeoConfig): number {
  const { vocabSize: V, maxPositions: P, hiddenSize: h, intermediateSize: F, nLayer } = config;
  const layer = 4 * h * h + h + 2 * h * F + F + h + 4 * h;
  return V * h + P * h + nLayer * layer + 2 * h;
}
