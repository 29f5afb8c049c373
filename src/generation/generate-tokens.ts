/**
 * The loop of generation: logits → token → logits, until something ends it.
 */
import type { LanguageModel, ReadOptions } from './language-model.ts';
import type { Sampling } from './sampler.ts';
import { chooseToken, defaultSampling } from './sampler.ts';

/** `length`: maxTokens reached · `stop`: a stop string · `eos`: the model ended the text · `aborted`: by the signal. */
export type FinishReason = 'length' | 'stop' | 'eos' | 'aborted';

export interface TokenOptions extends ReadOptions {
  /** Default 256. */
  readonly maxTokens?: number;
  /** What is left out is as in {@link defaultSampling}. */
  readonly sampling?: Partial<Sampling>;
  /** An integer in 0…2⁵³ − 1, default 0. The same seed gives the same tokens. */
  readonly seed?: number;
  /** Tells samples of one prompt and one seed apart, default 0. */
  readonly sequence?: number;
  /** Ids that end the text; the one that does is not part of it. */
  readonly eosTokenIds?: readonly number[];
}

/** How a generation went. Seconds are those of the model and the sampler, not of whoever takes the tokens. */
export interface TokenRun {
  readonly finishReason: FinishReason;
  /** Seconds until the logits after the prompt; undefined when the prompt was not read to its end. */
  readonly prefillSeconds?: number;
  /** Generated tokens that the model has read: all but the last one. */
  readonly steps: number;
  /** Seconds from the logits after the prompt to the last token. */
  readonly decodeSeconds: number;
}

/**
 * Generates ids after a prompt, from an empty state. The model has read all but the last generated id when it ends.
 * @param size the tokenizer's size: ids from here on are never chosen
 * @param promptIds at least one
 * @throws RangeError for options out of range; whatever the model throws
 */
export async function* generateTokens(
  model: LanguageModel,
  size: number,
  promptIds: readonly number[],
  options: TokenOptions = {},
): AsyncGenerator<number, TokenRun> {
  const { maxTokens = 256, seed = 0, sequence = 0, eosTokenIds = [], signal } = options;
  if (!(Number.isInteger(maxTokens) && maxTokens >= 0)) {
    throw new RangeError(`"maxTokens" expected an integer ≥ 0, got ${maxTokens}`);
  }
  const draw = { sampling: { ...defaultSampling, ...options.sampling }, size, seed, sequence };
  const ids = [...promptIds];
  let times: Omit<TokenRun, 'finishReason'> = { steps: 0, decodeSeconds: 0 };
  if (maxTokens === 0) return { finishReason: 'length', ...times };

  const lap = createStopwatch();
  await model.reset();
  let logits = await unlessAborted(signal, () => model.prefill(promptIds, options));
  if (logits !== undefined) times = { ...times, prefillSeconds: lap() };
  while (logits !== undefined && !signal?.aborted) {
    const id = chooseToken(logits, ids, draw);
    if (eosTokenIds.includes(id)) return { finishReason: 'eos', ...times };
    ids.push(id);
    times = { ...times, decodeSeconds: times.decodeSeconds + lap() };
    yield id;
    lap(); // whoever takes the tokens may be slow
    if (ids.length - promptIds.length === maxTokens) return { finishReason: 'length', ...times };
    if (signal?.aborted) break;
    logits = await model.step(id);
    times = { ...times, steps: times.steps + 1 };
  }
  return { finishReason: 'aborted', ...times };
}

/** Undefined instead of the rejection with which a model answers an aborted signal. */
async function unlessAborted<T>(signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Each call returns the seconds since the one before. */
function createStopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
