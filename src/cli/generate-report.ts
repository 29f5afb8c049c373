/**
 * What `mamba-ts generate` says about a generation when it is done.
 */
import type { Generation } from '../generation/generate.ts';
import type { OpenedModel } from './opened-model.ts';

/** The keys and their order are a contract. */
export function jsonResult({ model }: OpenedModel, prompt: string, seed: number, generation: Generation) {
  const { text, tokens, promptTokens, finishReason, logprobs } = generation;
  const { prefillTokensPerSecond, decodeTokensPerSecond } = generation;
  const { backend, device, dtype } = model;
  return {
    ...{ prompt, text, tokens, promptTokens, finishReason, seed, backend, device, dtype },
    ...{ prefillTokensPerSecond, decodeTokensPerSecond },
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/** For people, on stderr. */
export function speedLine(generation: Generation): string {
  const { tokens, promptTokens, prefillTokensPerSecond, decodeTokensPerSecond, compileSeconds } = generation;
  const rate = (value: number | null) => (value === null ? '–' : value.toFixed(1));
  // A text that goes on from its state without a prompt reads its last token again: that is no rate of a prompt.
  const prompt = `prompt ${promptTokens} tokens, ${rate(promptTokens === 0 ? null : prefillTokensPerSecond)} tokens/s`;
  const compiling = compileSeconds > 0 ? ` · compiled in ${compileSeconds.toFixed(1)} s` : '';
  return `${prompt} · generated ${tokens.length} tokens, ${rate(decodeTokensPerSecond)} tokens/s${compiling}`;
}
