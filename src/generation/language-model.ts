/**
 * The seam between generation and whatever computes logits: the reference model, or an engine on WASM or a GPU.
 *
 * A model reads one sequence and remembers it as a state: of fixed size in Mamba, a growing KV cache in a Transformer. Methods are asynchronous because a device
 * answers asynchronously; each lets the event loop turn at least every 100 ms where one token allows it, so that Ctrl-C
 * and a page's frames get through. One call at a time.
 */
import type { Floats } from '../reference/types.ts';
import type { Filters } from './kept-set.ts';
import type { ModelState } from './model-state.ts';

export interface ReadOptions {
  /** Stops between chunks: the call rejects with the signal's reason, and the state is as before the call. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every chunk with the tokens read so far and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * How a device chooses tokens itself: the largest of the first `size` logits·scale + noise, among those that the filters
 * keep of softmax(logits·scale).
 */
export interface AheadChoice {
  /** The tokenizer's size: ids from here on are padding rows of the model and never chosen. */
  readonly size: number;
  /** 1/temperature; 1 for greedy. */
  readonly scale: number;
  /** (tokens, vocabSize): Gumbel noise, anything at padding rows; absent for greedy. */
  readonly noise?: Float32Array | undefined;
  /** Absent for greedy. */
  readonly filters?: Filters | undefined;
}

/** Several tokens a call, for a device that computes quickly and answers slowly. */
export interface AheadWriter {
  /** How many tokens a call writes. */
  readonly tokens: number;
  /** How many must be wanted for it to be worth while; less once it has been used. */
  readonly least: number;
  /** The largest top-k that it can do. */
  readonly mostTopK: number;
  /**
   * Reads `id`, then chooses and reads tokens.
   * @returns them; the last one is not read yet. Fewer where the device could not tell which one the filters allow: the
   * next one is to be chosen from logits. If there are none, `id` is not read either
   */
  write(id: number, choice: AheadChoice): Promise<readonly number[]>;
  /** Of the last call's id and tokens only the first `count` were read after all, at least one. */
  keep(count: number): Promise<void>;
}

export interface LanguageModel {
  /** Absent where a token at a time is as quick. */
  readonly ahead?: AheadWriter | undefined;
  /** Length of the logits; rows past the tokenizer's size are padding. */
  readonly vocabSize: number;
  /** What computes: `reference`, `wasm` … */
  readonly backend: string;
  /** Where: build and threads, or the renderer's name. */
  readonly device: string;
  /** In which numbers the weights are held: `f64`, `f32` … */
  readonly dtype: string;

  /** Most tokens that it can read; absent where there is no end. */
  readonly positions?: number | undefined;

  /** Seconds that its calls have spent compiling so far; absent where nothing is compiled. */
  readonly compileSeconds?: number | undefined;

  /** Forgets everything: the state before the first token. */
  reset(): Promise<void>;
  /**
   * Reads ids after what was read before.
   * @returns logits (vocabSize) after the last id
   * @throws RangeError when there are no ids
   */
  prefill(ids: ArrayLike<number>, options?: ReadOptions): Promise<Floats>;
  /** Reads one id. @returns logits (vocabSize) after it */
  step(id: number): Promise<Floats>;
  /**
   * Reads ids like prefill, and says how surprising each next token was; logits of all rows are never kept together.
   *
   *   nats[t] = log Σ_i exp(logits[t,i]) − logits[t,targets[t]]      logits[t] after ids[0…t]
   *
   * @param targets as many as ids, the token that followed each
   */
  crossEntropy(ids: ArrayLike<number>, targets: ArrayLike<number>, options?: ReadOptions): Promise<Float64Array>;
  /** What was read so far, as a value that later calls leave alone. */
  state(): Promise<ModelState>;
  /** Continues from a state that `state()` gave; it is copied. @throws RangeError when it is of another model */
  restore(state: ModelState): Promise<void>;
}
