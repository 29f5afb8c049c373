/**
 * A model that is ready: text in, text out.
 */
import type { Engine } from '../engine/engine.ts';
import type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
import { generateText } from '../generation/generate.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { Score, ScoreOptions } from '../generation/score.ts';
import { scoreText } from '../generation/score.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { Tokenizer } from '../tokenizer.ts';

export interface ModelParts {
  readonly name: string;
  readonly config: MambaConfig;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  /** Absent on the reference backend. */
  readonly engine: Engine | undefined;
  readonly dispose: () => void;
}

/** One call at a time: all of them share one state. */
export class LoadedModel {
  readonly name: string;
  readonly config: MambaConfig;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  /** For several sequences side by side; absent on the reference backend. */
  readonly engine: Engine | undefined;
  readonly #dispose: () => void;

  constructor(parts: ModelParts) {
    this.name = parts.name;
    this.config = parts.config;
    this.model = parts.model;
    this.tokenizer = parts.tokenizer;
    this.bosTokenId = parts.bosTokenId;
    this.eosTokenIds = parts.eosTokenIds;
    this.engine = parts.engine;
    this.#dispose = parts.dispose;
  }

  /**
   * Continues a prompt, piece by piece; see {@link generateText}. The checkpoint's bos and eos tokens are used unless
   * others are given; `eosTokenIds: []` writes on past the end of a text.
   */
  generate(prompt: string, options: GenerateOptions = {}): AsyncGenerator<Piece, Generation> {
    const { bosTokenId, eosTokenIds } = this;
    return generateText(this.model, this.tokenizer, prompt, { bosTokenId, eosTokenIds, ...options });
  }

  /** How well the model predicts a text; see {@link scoreText}. */
  score(text: string, options: ScoreOptions = {}): Promise<Score> {
    return scoreText(this.model, this.tokenizer, text, options);
  }

  /**
   * What a generation has left, as a value to go on from later, here or in another process:
   * `generate(more, { session: await model.snapshot(generation) })`. To be taken before the model reads anything else.
   * @param generation what `generate` returned at its end
   */
  async snapshot({ ids, read }: Pick<Generation, 'ids' | 'read'>): Promise<Session> {
    return { ids, read, state: await this.model.state() };
  }

  /** Gives memory and threads back. */
  dispose(): void {
    this.#dispose();
  }
}
