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
  const prompt = `prompt ${promptTokens} tokens, ${rate(prefillTokensPerSecond)} tokens/s`;
  const compiling = compileSeconds > 0 ? ` · compiled in ${compileSeconds.toFixed(1)} s` : '';
  return `${prompt} · generated ${tokens.length} tokens, ${rate(decodeTokensPerSecond)} tokens/s${compiling}`;
}
