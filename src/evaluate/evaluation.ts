/**
 * One measurement as the script makes it: a warm-up, then the mean of three runs, each a prompt and what follows it.
 */
import { OutOfContextError } from '../engine/errors.ts';
import type { EvaluatedModel } from './evaluated-model.ts';
import { generateBatch } from './generate-batch.ts';
import { randomPrompts } from './script-prompts.ts';
import type { ScriptSampling } from './script-sampling.ts';
import { samplingOfScript } from './script-sampling.ts';

/** Timed runs; the warm-up comes before them. */
export const repeats = 3;

export interface EvaluationRequest {
  /** A text, then the batch is one row; absent: random ids. */
  readonly prompt?: string | undefined;
  readonly promptLength: number;
  readonly genLength: number;
  readonly sampling: ScriptSampling;
}

export interface EvaluationWatch {
  readonly signal?: AbortSignal | undefined;
  /** Tokens of a row generated so far, and in all runs. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The texts of the warm-up, when there was a prompt: they come before the measurement. */
  readonly onTexts?: ((texts: readonly string[]) => void | Promise<void>) | undefined;
}

export interface Evaluation {
  readonly batch: number;
  readonly promptLength: number;
  /** Of a timed run, the mean: fewer than asked for where all rows have ended before. */
  readonly genLength: number;
  /** Of the warm-up, whose length the script prints. */
  readonly warmUpLength: number;
  /** Of a timed run, the mean: reading the prompt and generating. */
  readonly seconds: number;
}

/**
 * @throws OutOfContextError before anything is read; TypeError for a prompt without a tokenizer, RangeError for one without
 * tokens
 */
export async function evaluate(
  model: EvaluatedModel,
  request: EvaluationRequest,
  { signal, onProgress, onTexts }: EvaluationWatch = {},
): Promise<Evaluation> {
  const prompts = promptsOf(model, request);
  const promptLength = prompts[0]!.length;
  const { genLength } = request;
  expectContext(model, promptLength, genLength);
  const sampling = samplingOfScript(request.sampling, model.kind);
  const generate = (run: number) => {
    const onToken = (done: number) => onProgress?.(run * genLength + done, (repeats + 1) * genLength);
    return generateBatch(model, prompts, { genLength, sampling, seed: run, signal, onToken });
  };

  const rows = await generate(0);
  if (request.prompt !== undefined) await onTexts?.(rows.map((ids) => model.tokenizer!.decode(ids)));
  const start = performance.now();
  let tokens = 0;
  for (let run = 1; run <= repeats; run++) tokens += (await generate(run))[0]!.length - promptLength;
  const seconds = (performance.now() - start) / 1000 / repeats;
  const warmUpLength = rows[0]!.length - promptLength;
  return { batch: prompts.length, promptLength, genLength: tokens / repeats, warmUpLength, seconds };
}

/** Special tokens spelled in a prompt are these tokens, as the script's tokenizers have it. */
function promptsOf(model: EvaluatedModel, { prompt, promptLength }: EvaluationRequest): readonly (readonly number[])[] {
  const { tokenizer, sequences: batch, vocabSize } = model;
  if (prompt === undefined) return randomPrompts({ batch, promptLength, vocabSize });
  if (tokenizer === undefined) throw new TypeError('"prompt" expected a model with a tokenizer, got one without');
  const ids = tokenizer.encode(prompt, { specialTokens: true });
  if (ids.length === 0) throw new RangeError('"prompt" expected at least one token, got none');
  return [ids];
}

/** @throws OutOfContextError when prompt and continuation are longer than a text may be */
export function expectContext({ mostTokens }: Pick<EvaluatedModel, 'mostTokens'>, prompt: number, gen: number): void {
  if (prompt + gen <= mostTokens) return;
  throw new OutOfContextError(`${prompt} + ${gen} tokens: expected at most ${mostTokens} (the model's positions)`);
}
