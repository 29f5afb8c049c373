/**
 * The reference's Mamba as a language model.
 */
import { mambaModelForward, mambaModelLogits, zeroState } from '../reference/mamba-model.ts';
import type { MambaConfig, State, Weights } from '../reference/types.ts';
import { copyState } from './copy-state.ts';
import { DefinitionModel } from './definition-model.ts';
import type { LanguageModel } from './language-model.ts';
import { expectMambaState } from './model-state.ts';

/** {@link LanguageModel} over src/reference. Weights and config are shared with the caller, not copied. */
export function createReferenceModel(config: MambaConfig, weights: Weights): LanguageModel {
  return new DefinitionModel<State>({
    vocabSize: config.vocabSize,
    width: config.dModel,
    emptyState: () => zeroState(config),
    copyState: (state) => copyState(config, expectMambaState(state)),
    forward: (ids, state) => mambaModelForward(config, weights, ids, { state }),
    logits: (hidden) => mambaModelLogits(config, weights, hidden),
  });
}
