/**
 * Text after a prompt, piece by piece.
 */
import type { Tokenizer } from '../tokenizer.ts';
import type { FinishReason, TokenOptions, TokenRun } from './generate-tokens.ts';
import { generateTokens } from './generate-tokens.ts';
import type { LanguageModel } from './language-model.ts';
import { createStreamDecoder } from './stream-decoder.ts';

export interface GenerateOptions extends TokenOptions {
  /** Stands for an empty prompt. */
  readonly bosTokenId?: number | undefined;
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
  /** Null when there was nothing to time. */
  readonly prefillTokensPerSecond: number | null;
  readonly decodeTokensPerSecond: number | null;
}

/** A prompt without tokens, for a model that has no bos token to start from. */
export class EmptyPromptError extends RangeError {
  override readonly name = 'EmptyPromptError';
}

/**
 * Generates text after a prompt, from an empty state.
 *
 *   for await (const piece of generateText(model, tokenizer, 'ROMEO:')) print(piece.text)
 *
 * The pieces' texts joined are the generated text. The generator's return value sums up.
 * @throws EmptyPromptError for an empty prompt without `bosTokenId`
 * @throws RangeError for options out of range
 */
export async function* generateText(
  model: LanguageModel,
  tokenizer: Tokenizer,
  prompt: string,
  options: GenerateOptions = {},
): AsyncGenerator<Piece, Generation> {
  const promptIds = idsOfPrompt(tokenizer, prompt, options.bosTokenId);
  const decoder = createStreamDecoder(tokenizer, promptIds);
  const tokens: number[] = [];
  const run = generateTokens(model, tokenizer.size, promptIds, options);
  let text = '';
  for (;;) {
    const next = await run.next();
    const piece = next.done ? { text: decoder.end() } : { text: decoder.push(next.value), id: next.value };
    text += piece.text;
    if (next.done) {
      if (piece.text !== '') yield piece;
      return { text, tokens, promptTokens: promptIds.length, ...outcome(promptIds.length, next.value) };
    }
    tokens.push(next.value);
    yield piece;
  }
}

function idsOfPrompt(tokenizer: Tokenizer, prompt: string, bosTokenId: number | undefined): readonly number[] {
  const ids = tokenizer.encode(prompt);
  if (ids.length > 0) return ids;
  if (bosTokenId !== undefined) return [bosTokenId];
  throw new EmptyPromptError('"prompt" expected at least one token, as the model has no bos token, got none');
}

function outcome(promptTokens: number, { finishReason, prefillSeconds, steps, decodeSeconds }: TokenRun) {
  return {
    finishReason,
    prefillTokensPerSecond: prefillSeconds === undefined ? null : promptTokens / prefillSeconds,
    decodeTokensPerSecond: steps === 0 ? null : steps / decodeSeconds,
  };
}
