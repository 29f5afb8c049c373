/**
 * What the experiment needs of a model: several texts read side by side, and the logits after each. The engines of both
 * kinds of models fit behind it, and so does a single {@link LanguageModel}.
 */
import type { Engine } from '../engine/engine.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { Floats } from '../reference/types.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { ModelShape } from './model-shape.ts';
import { mostTokens } from './model-shape.ts';
import { parametersOf } from './weight-bytes.ts';

export interface EvaluatedModel {
  readonly kind: ModelShape['kind'];
  readonly parameters: number;
  readonly vocabSize: number;
  /** Tokens that a text may have at most; Infinity where there is no end. */
  readonly mostTokens: number;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  /** Absent for random weights. */
  readonly tokenizer: Tokenizer | undefined;
  /** Tokens that end a row; the script lets a Transformer stop there, and a Mamba never. */
  readonly eosTokenIds: readonly number[];
  /** Texts side by side. */
  readonly sequences: number;
  /** Forgets what all sequences have read. */
  reset(): Promise<void>;
  /**
   * Reads ids after what each sequence has read before.
   * @param ids one list a sequence, none of them empty
   * @returns logits (vocabSize) after each sequence's last id
   */
  read(ids: readonly (readonly number[])[], signal?: AbortSignal): Promise<readonly Floats[]>;
  dispose(): void | Promise<void>;
}

export interface EvaluatedParts {
  readonly shape: ModelShape;
  readonly tokenizer?: Tokenizer | undefined;
  /** Default none. */
  readonly eosTokenIds?: readonly number[] | undefined;
  readonly dispose: () => void | Promise<void>;
}

/** All sequences of an engine. */
export function evaluatedEngine(engine: Engine, parts: EvaluatedParts): EvaluatedModel {
  return {
    ...commonFields(parts),
    ...{ backend: engine.name, device: engine.device, dtype: engine.dtype, sequences: engine.sequences },
    async reset() {
      for (let s = 0; s < engine.sequences; s++) engine.reset(s);
    },
    async read(ids, signal) {
      // Not by the engine's own signal: for that it would first copy all states, to be able to go back.
      const onProgress = () => signal?.throwIfAborted();
      return (await engine.read(ids, { onProgress })) as Float32Array[];
    },
  };
}

/** A model that reads one text at a time. */
export function evaluatedLanguageModel(model: LanguageModel, parts: EvaluatedParts): EvaluatedModel {
  return {
    ...commonFields(parts),
    ...{ backend: model.backend, device: model.device, dtype: model.dtype, sequences: 1 },
    reset: () => model.reset(),
    read: async ([ids], signal) => [await model.prefill(ids!, { signal })],
  };
}

/** The script gives a Mamba no token to stop at. */
function commonFields({ shape, tokenizer, eosTokenIds = [], dispose }: EvaluatedParts) {
  return {
    kind: shape.kind,
    parameters: parametersOf(shape),
    vocabSize: shape.config.vocabSize,
    mostTokens: mostTokens(shape),
    tokenizer,
    eosTokenIds: shape.kind === 'mamba' ? [] : eosTokenIds,
    dispose,
  };
}
