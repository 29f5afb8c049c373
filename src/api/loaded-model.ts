/**
 * A model that is ready: text in, text out.
 */
import type { ModelConfig } from '../engine/architecture.ts';
import type { Engine } from '../engine/engine.ts';
import type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
import { generateText } from '../generation/generate.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { Score, ScoreOptions } from '../generation/score.ts';
import { scoreText } from '../generation/score.ts';
import type { Tokenizer } from '../tokenizer.ts';

export interface ModelParts {
  readonly name: string;
  readonly config: ModelConfig;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  /** Absent on the reference backend. */
  readonly engine: Engine | undefined;
  readonly fingerprint: string | undefined;
  readonly dispose: () => void;
}

/** One call at a time: all of them share one state. */
export class LoadedModel {
  readonly name: string;
  readonly config: ModelConfig;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  /** For several sequences side by side; absent on the reference backend. */
  readonly engine: Engine | undefined;
  /** Tells its weights from others of the same config: of the file, so the same in every dtype and on every backend. */
  readonly fingerprint: string | undefined;
  readonly #dispose: () => void;
  #disposed = false;
  /** Calls so far that read into the one state. */
  #calls = 0;
  /** Which call a generation is of. */
  readonly #callOf = new WeakMap<object, number>();

  constructor(parts: ModelParts) {
    this.name = parts.name;
    this.config = parts.config;
    this.model = parts.model;
    this.tokenizer = parts.tokenizer;
    this.bosTokenId = parts.bosTokenId;
    this.eosTokenIds = parts.eosTokenIds;
    this.engine = parts.engine;
    this.fingerprint = parts.fingerprint;
    this.#dispose = parts.dispose;
  }

  /**
   * Continues a prompt, piece by piece; see {@link generateText}. The checkpoint's bos and eos tokens are used unless
   * others are given; `eosTokenIds: []` writes on past the end of a text.
   * @throws Error at the next piece when another call has read in the meantime
   */
  async *generate(prompt: string, options: GenerateOptions = {}): AsyncGenerator<Piece, Generation> {
    this.#expectAlive('generate');
    const { bosTokenId, eosTokenIds } = this;
    const call = ++this.#calls;
    const pieces = generateText(this.model, this.tokenizer, prompt, { bosTokenId, eosTokenIds, ...options });
    try {
      for (;;) {
        const step = await pieces.next();
        if (step.done) {
          this.#callOf.set(step.value, call);
          return step.value;
        }
        yield step.value;
        this.#expectLatest(call, 'generate() to go on before another call');
      }
    } finally {
      await pieces.return(undefined as never); // also when the reader leaves early
    }
  }

  /** How well the model predicts a text; see {@link scoreText}. */
  async score(text: string, options: ScoreOptions = {}): Promise<Score> {
    this.#expectAlive('score');
    this.#calls++;
    return scoreText(this.model, this.tokenizer, text, options);
  }

  /**
   * What a generation has left, as a value to go on from later, here or in another process:
   * `generate(more, { session: await model.snapshot(generation) })`. To be taken before the model reads anything else.
   * @param generation what `generate` returned at its end
   * @throws Error when the model has read something else since
   */
  async snapshot(generation: Pick<Generation, 'ids' | 'read'>): Promise<Session> {
    this.#expectAlive('snapshot');
    const { ids, read } = generation;
    this.#expectLatest(this.#callOf.get(generation) ?? this.#calls, 'snapshot() before another call');
    return { ids, read, state: await this.model.state() };
  }

  /** Gives memory and threads back; whatever is called later says so. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#dispose();
  }

  #expectLatest(call: number, expected: string): void {
    if (call !== this.#calls) throw new Error(`the model expected ${expected}: all calls share one state`);
  }

  #expectAlive(call: string): void {
    if (this.#disposed) throw new Error(`the model expected no call after dispose(), got ${call}()`);
  }
}
