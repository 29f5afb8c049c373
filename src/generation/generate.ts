/**
 * Text after a prompt, piece by piece.
 */
import { expectSize } from '../reference/shapes.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { EncodeOptions, SpecialTokens } from './encode-in-turns.ts';
import { encodeInTurns } from './encode-in-turns.ts';
import type { FinishReason, TokenOptions, TokenRun } from './generate-tokens.ts';
import { generateTokens, unlessAborted } from './generate-tokens.ts';
import type { LanguageModel } from './language-model.ts';
import type { TokenLogprobs } from './logprobs.ts';
import { logprobsOf } from './logprobs.ts';
import { createStopFilter } from './stop-strings.ts';
import { createStreamDecoder } from './stream-decoder.ts';

export interface GenerateOptions extends TokenOptions, EncodeOptions, SpecialTokens {
  /** Stands for an empty prompt. */
  readonly bosTokenId?: number | undefined;
  /** The text ends before the first of these. */
  readonly stop?: readonly string[] | undefined;
  /** Say how likely each token was, and this many of the most likely ones. Default: nothing. */
  readonly logprobs?: number | undefined;
}

export interface Piece {
  /** Text that is final now; empty while a character is incomplete. */
  readonly text: string;
  /** The token it came with; absent in a last piece that only holds what was held back. */
  readonly id?: number;
}

export interface Generation {
  /** Generated text and ids, without the prompt and without the eos. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly finishReason: FinishReason;
  /** One entry a token, where asked for. */
  readonly logprobs?: readonly TokenLogprobs[];
  /** All ids so far and how many of them the model has read: with the model's state, a session to continue from. */
  readonly ids: readonly number[];
  readonly read: number;
  /** Null when there was nothing to time. */
  readonly prefillTokensPerSecond: number | null;
  readonly decodeTokensPerSecond: number | null;
  /** Seconds of compiling, which the rates leave out; 0 where nothing is compiled. */
  readonly compileSeconds: number;
}

/** A prompt without tokens, for a model that has no bos token to start from. */
export class EmptyPromptError extends RangeError {
  override readonly name = 'EmptyPromptError';
}

/**
 * Generates text after a prompt, from an empty state or behind a session.
 *
 *   for await (const piece of generateText(model, tokenizer, 'ROMEO:')) print(piece.text)
 *
 * The pieces' texts joined are the generated text. The generator's return value sums up.
 * @throws EmptyPromptError for an empty prompt without `bosTokenId`
 * @throws RangeError for options out of range, TypeError for `stop` that is no list of strings
 */
export async function* generateText(
  model: LanguageModel,
  tokenizer: Tokenizer,
  prompt: string,
  options: GenerateOptions = {},
): AsyncGenerator<Piece, Generation> {
  const { session, stop = [], logprobs: count } = options;
  if (count !== undefined) expectSize('logprobs', count);
  const filter = createStopFilter(stop);
  const promptIds = await idsOfPrompt(tokenizer, prompt, options);
  const decoder = createStreamDecoder(tokenizer, [...(session?.ids.slice(-32) ?? []), ...promptIds.slice(-32)]);
  const logprobs: TokenLogprobs[] = [];
  const onLogits: TokenOptions['onLogits'] = (logits, id) => {
    options.onLogits?.(logits, id);
    if (count !== undefined) logprobs.push(logprobsOf(logits, tokenizer.size, id, count));
  };
  const tokens: number[] = [];
  const watched = count !== undefined || options.onLogits !== undefined; // whoever looks at logits has them read back
  const run = generateTokens(model, tokenizer.size, promptIds, { ...options, ...(watched && { onLogits }) });
  let text = '';
  for (;;) {
    const next = await run.next(filter.stopped);
    const shown = next.done ? filter.push(decoder.end()) + filter.end() : filter.push(decoder.push(next.value));
    const piece = next.done ? { text: shown } : { text: shown, id: next.value };
    text += shown;
    if (next.done) {
      if (shown !== '') yield piece;
      const promptTokens = next.value.ids.length - tokens.length - (session?.ids.length ?? 0);
      const prefilled = next.value.ids.length - tokens.length - (session?.read ?? 0);
      const wanted = count === undefined ? {} : { logprobs: logprobs.slice(0, tokens.length) };
      return { text, tokens, promptTokens, ...wanted, ...outcome(prefilled, next.value) };
    }
    tokens.push(next.value);
    yield piece;
  }
}

/** None when the signal comes first: then nothing is read either. */
async function idsOfPrompt(tokenizer: Tokenizer, prompt: string, options: GenerateOptions): Promise<readonly number[]> {
  const { bosTokenId, session, signal } = options;
  const ids = await unlessAborted(signal, () => encodeInTurns(tokenizer, prompt, options));
  if (ids === undefined) return [];
  if (ids.length > 0 || (session !== undefined && session.read < session.ids.length)) return ids;
  if (bosTokenId !== undefined && session === undefined) return [bosTokenId];
  throw new EmptyPromptError('"prompt" expected at least one token, as the model has no bos token, got none');
}

/** @param prefilled tokens read at once: the prompt, and what a session had left */
function outcome(prefilled: number, run: TokenRun) {
  const { finishReason, prefillSeconds, steps, decodeSeconds, compileSeconds, ids, read } = run;
  return {
    finishReason,
    ids,
    read,
    prefillTokensPerSecond: prefillSeconds === undefined ? null : prefilled / prefillSeconds,
    decodeTokensPerSecond: steps === 0 ? null : steps / decodeSeconds,
    compileSeconds,
  };
}
