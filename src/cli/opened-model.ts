/**
 * A model as the commands use it, wherever it runs: in this process or in a browser's page.
 */
import type { ModelConfig } from '../engine/architecture.ts';
import type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { Score, ScoreOptions } from '../generation/score.ts';

export interface OpenedModel {
  readonly name: string;
  readonly config: ModelConfig;
  readonly fingerprint: string | undefined;
  readonly model: Pick<LanguageModel, 'backend' | 'device' | 'dtype' | 'positions'>;
  /** With `keepState` there can be a snapshot afterwards. */
  generate(
    prompt: string,
    options: GenerateOptions & { readonly keepState?: boolean },
  ): AsyncGenerator<Piece, Generation>;
  score(text: string, options: ScoreOptions): Promise<Score>;
  snapshot(generation: Generation): Promise<Session>;
  dispose(): void | Promise<void>;
}
