/**
 * How well a model predicts a text: its loss on every token but the first.
 */
import { expectSize } from '../reference/shapes.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { EncodeOptions } from './encode-in-turns.ts';
import { encodeInTurns } from './encode-in-turns.ts';
import type { LanguageModel, ReadOptions } from './language-model.ts';
import { LogitsError } from './sampler.ts';

export interface ScoreOptions extends ReadOptions, EncodeOptions {
  /** C, the tokens a window reads, default 256. */
  readonly context?: number;
  /** Carry the state from window to window, so that every token is predicted from all before it. */
  readonly stream?: boolean;
}

export interface Score {
  /** Length of the text in UTF-8. */
  readonly bytes: number;
  readonly predictedTokens: number;
  readonly lossNatsPerToken: number;
  /** Total nats / bytes: comparable between tokenizers. */
  readonly lossNatsPerByte: number;
  /** exp(lossNatsPerToken) */
  readonly perplexity: number;
  /** lossNatsPerByte / log 2 */
  readonly bitsPerByte: number;
}

/** A text too short to predict anything in. */
export class ShortTextError extends RangeError {
  override readonly name = 'ShortTextError';
}

/**
 * Scores a text by windows of C tokens.
 *
 *   window w reads tokens [wC, wC + C) from an empty state and predicts tokens [wC + 1, wC + C]
 *
 * The last window may be shorter and counts. Token 0 is never predicted. `onProgress` counts predicted tokens.
 * @throws ShortTextError when there are fewer than two tokens
 * @throws RangeError when `context` is not an integer ≥ 1
 */
export async function scoreText(
  model: LanguageModel,
  tokenizer: Tokenizer,
  text: string,
  options: ScoreOptions = {},
): Promise<Score> {
  const { context = 256, signal, onEncode } = options;
  expectSize('context', context, 1);
  const tokens = await encodeInTurns(tokenizer, text, { signal, onEncode });
  if (tokens.length < 2) throw new ShortTextError(`"text" expected at least 2 tokens, got ${tokens.length}`);

  const nats = await totalNats(model, tokens, context, options);
  const bytes = new TextEncoder().encode(text).length;
  const predictedTokens = tokens.length - 1;
  const lossNatsPerToken = nats / predictedTokens;
  const lossNatsPerByte = nats / bytes;
  return {
    bytes,
    predictedTokens,
    lossNatsPerToken,
    lossNatsPerByte,
    perplexity: Math.exp(lossNatsPerToken),
    bitsPerByte: lossNatsPerByte / Math.LN2,
  };
}

/** The sum over windows; with `stream` only the first one starts from an empty state. */
async function totalNats(
  model: LanguageModel,
  tokens: readonly number[],
  context: number,
  { stream = false, signal, onProgress }: ScoreOptions,
): Promise<number> {
  const predicted = tokens.length - 1;
  let total = 0;
  for (let start = 0; start < predicted; start += context) {
    if (start === 0 || !stream) await model.reset();
    const end = Math.min(start + context, predicted);
    const nats = await model.crossEntropy(tokens.slice(start, end), tokens.slice(start + 1, end + 1), {
      signal,
      onProgress: (done) => onProgress?.(start + done, predicted),
    });
    for (const value of nats) total += value;
    if (Number.isNaN(total))
      throw new LogitsError(`the model expected finite logits, got NaN in tokens ${start} … ${end}`);
  }
  return total;
}
