/**
 * The lines that the script prints, character for character.
 */
import type { AttentionMethod } from '../engine/backend.ts';
import { scriptGigabytes } from './as-blog.ts';
import { pythonList } from './python-text.ts';

/** As the script's flag has them. `sdpa` is the same function as `eager`. */
export const attentions = ['sdpa', 'eager', 'flash_attention_2'] as const;
export type Attention = (typeof attentions)[number];

/** What our engine calls it. */
export function methodOf(attention: Attention): AttentionMethod {
  return attention === 'flash_attention_2' ? 'flash' : 'eager';
}

export interface ScriptHead {
  readonly model: string;
  /** Null for a Mamba, which has none. */
  readonly attention: Attention | null;
  readonly parameters: number;
}

export interface ScriptFigures {
  readonly promptLength: number;
  readonly genLength: number;
  readonly seconds: number;
  /** Null where nobody says; the line then says n/a. */
  readonly peakMemoryBytes: number | null;
}

export function loadingLine(model: string): string {
  return `Loading model ${model}`;
}

/** Behind the first line, once the model is there. */
export function loadedLines({ model, attention, parameters }: ScriptHead): readonly string[] {
  const configuration = attention === null ? [] : [`${model} model configuration attn_implementation:${attention}`];
  return [...configuration, `Number of parameters: ${parameters}`];
}

export function textsLine(texts: readonly string[]): string {
  return pythonList(texts);
}

export function figureLines({ promptLength, genLength, seconds, peakMemoryBytes }: ScriptFigures): readonly string[] {
  const memory = peakMemoryBytes === null ? 'n/a' : `${scriptGigabytes(peakMemoryBytes)}GB`;
  return [
    `Prompt length: ${promptLength}, generation length: ${Math.round(genLength)}`,
    `prompt processing + decoding time: ${seconds.toFixed(2)}s`,
    `memory used: ${memory}`,
  ];
}

/** Before each size of a sweep; the spelling is the script's. */
export function sweepLine(batch: number): string {
  return `************ Evaluating mamba and transformed with Batch size: ${batch} ***************`;
}
