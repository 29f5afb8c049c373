/**
 * The script's sampling flags, and what they mean to our sampler.
 */
import type { Sampling } from '../generation/sampler.ts';
import type { ModelShape } from './model-shape.ts';

/** Under the names and in the meaning of the script's flags. */
export interface ScriptSampling {
  /** 1 is greedy, 0 is off. */
  readonly topk: number;
  readonly topp: number;
  readonly minp: number;
  readonly temperature: number;
  readonly repetitionPenalty: number;
}

/** The script's defaults: greedy. */
export const scriptDefaults: ScriptSampling = { topk: 1, topp: 1, minp: 0, temperature: 1, repetitionPenalty: 1 };

/**
 * The order of mamba_ssm and of transformers, as one record for our sampler.
 *
 *   topk = 1                  the largest penalised logit; everything else is ignored (so the blog's commands are greedy)
 *   topk > 1                  the k largest → /temperature → top-p
 *   topk = 0, minp > 0        min-p → /temperature           (a Mamba; the script gives no min-p to a Transformer)
 *   topk = 0                  /temperature → top-p
 *
 * min-p comes before the temperature T: p_i ≥ minp·max p. After it that is the bound minp^(1/T). mamba_ssm compares with
 * the raw logit of token 0 instead of the largest probability, which is a mistake and not done here. topp = 0 is off.
 */
export function samplingOfScript(flags: ScriptSampling, kind: ModelShape['kind']): Sampling {
  const { topk, topp, minp, temperature, repetitionPenalty } = flags;
  const off = { topK: 0, topP: 1, minP: 0, repetitionPenalty };
  if (topk === 1) return { ...off, temperature: 0 };
  if (topk === 0 && minp > 0 && kind === 'mamba') {
    return { ...off, temperature, minP: temperature === 0 ? 0 : minp ** (1 / temperature) };
  }
  return { ...off, temperature, topK: topk, topP: topp === 0 ? 1 : topp };
}
