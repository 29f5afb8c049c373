/**
 * The loop of generation: logits → token → logits, until something ends it.
 */
import type { Floats } from '../reference/types.ts';
import type { LanguageModel, ReadOptions } from './language-model.ts';
import type { ModelState } from './model-state.ts';
import type { Sampling } from './sampler.ts';
import { defaultSampling } from './sampler.ts';
import { TokenSource } from './token-source.ts';

/** `length`: maxTokens reached, or the end of a Transformer's positions · `stop`: a stop string · `eos`: the model ended the text · `aborted`: by the signal. */
export type FinishReason = 'length' | 'stop' | 'eos' | 'aborted';

/** A text so far: what a model has read of it, and the state in which that left the model. */
export interface Session {
  /** All ids, prompts and generated ones. */
  readonly ids: readonly number[];
  /** How many of them the state has seen. */
  readonly read: number;
  readonly state: ModelState;
}

export interface TokenOptions extends ReadOptions {
  /** Continue this text: the prompt comes behind it. Default: an empty state. */
  readonly session?: Session | undefined;
  /** Sees the logits that each token was chosen from; they are valid during the call. */
  readonly onLogits?: ((logits: Floats, id: number) => void) | undefined;

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
  /** Seconds from the logits after the prompt to the last token, without those of compiling. */
  readonly decodeSeconds: number;
  readonly compileSeconds: number;
  /** The session's, the prompt's and the generated ids, and how many of them the model has read. */
  readonly ids: readonly number[];
  readonly read: number;
}

/**
 * Generates ids after a prompt. The model has read all but the last generated id when it ends. Whoever takes the tokens
 * ends the generation with `next(true)`: finishReason `stop`.
 * @param size the tokenizer's size: ids from here on are never chosen
 * @param promptIds at least one, or a session with an id to go on from; none will do when the signal is aborted
 * @throws RangeError for options out of range; whatever the model throws
 */
export async function* generateTokens(
  model: LanguageModel,
  size: number,
  promptIds: readonly number[],
  options: TokenOptions = {},
): AsyncGenerator<number, TokenRun, boolean | undefined> {
  const { maxTokens = 256, seed = 0, sequence = 0, eosTokenIds = [], session, signal, onLogits } = options;
  if (!(Number.isInteger(maxTokens) && maxTokens >= 0)) {
    throw new RangeError(`"maxTokens" expected an integer ≥ 0, got ${maxTokens}`);
  }
  const draw = { sampling: { ...defaultSampling, ...options.sampling }, size, seed, sequence };
  const ids = [...(session?.ids ?? []), ...promptIds];
  const start = session?.read ?? 0;
  let times: Omit<TokenRun, 'finishReason' | 'ids' | 'read'> = { steps: 0, decodeSeconds: 0, compileSeconds: 0 };
  const compiled = () => model.compileSeconds ?? 0;
  const end = (finishReason: FinishReason, read: number): TokenRun => ({ finishReason, ...times, ids, read });
  if (session === undefined) await model.reset();
  else await model.restore(session.state);
  if (signal?.aborted && ids.length === start) return end('aborted', start);
  if (maxTokens === 0) return end('length', start);

  const lap = createStopwatch();
  const last = Math.min(ids.length + maxTokens, Math.max(ids.length, model.positions ?? Infinity) + 1);
  const logits = await unlessAborted(signal, () => model.prefill(ids.slice(start), options));
  if (logits === undefined) return end('aborted', start);
  times = { ...times, prefillSeconds: lap() };
  const source = new TokenSource(model, draw, logits, onLogits);
  const prompted = ids.length;
  const compiledBefore = compiled();
  let read = prompted;
  try {
    // Whoever aborts still gets the token after what was read: a session goes on from a token that was not.
    do {
      if (ids.length > prompted) {
        await source.read(ids, last - ids.length);
        read = ids.length;
        times = { ...times, steps: times.steps + 1 };
      }
      const id = source.choose(ids);
      if (eosTokenIds.includes(id)) return end('eos', read);
      ids.push(id);
      const compileSeconds = compiled() - compiledBefore;
      const decodeSeconds = times.decodeSeconds + lap() - (compileSeconds - times.compileSeconds);
      times = { ...times, decodeSeconds, compileSeconds };
      const stop = yield id;
      lap(); // whoever takes the tokens may be slow
      if (stop) return end('stop', read);
      if (ids.length === last) return end('length', read);
    } while (!signal?.aborted);
    return end('aborted', read);
  } finally {
    await source.close(read);
  }
}

/** Undefined instead of the rejection with which long work answers an aborted signal. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  read: () => Promise<T>,
): Promise<T | undefined> {
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
