/**
 * The reference's GPT-Neo as a language model.
 */
import type { Attention } from '../reference/attention.ts';
import { gptNeoModelForward, gptNeoModelLogits } from '../reference/gpt-neo-model.ts';
import { emptyGptNeoState, expectRoom } from '../reference/gpt-neo-state.ts';
import type { GptNeoConfig, GptNeoState, GptNeoWeights } from '../reference/gpt-neo-types.ts';
import { copyGptNeoState } from './copy-gpt-neo-state.ts';
import { DefinitionModel } from './definition-model.ts';
import type { LanguageModel } from './language-model.ts';
import { expectGptNeoState } from './model-state.ts';

/**
 * {@link LanguageModel} over src/reference. Weights and config are shared with the caller, not copied. Its calls reject
 * with a RangeError (`out of context: …`) when a text would be longer than the model's positions, before any work.
 * @param attend which form of attention; default: the eager one
 */
export function createReferenceGptNeo(config: GptNeoConfig, weights: GptNeoWeights, attend?: Attention): LanguageModel {
  return new DefinitionModel<GptNeoState>({
    vocabSize: config.vocabSize,
    width: config.hiddenSize,
    positions: config.maxPositions,
    emptyState: () => emptyGptNeoState(config),
    copyState: (state) => copyGptNeoState(config, expectGptNeoState(state)),
    expectRoom: ({ position }, tokens) => expectRoom(config, position, tokens),
    forward: (ids, state) => gptNeoModelForward(config, weights, ids, { state, attend }),
    logits: (hidden) => gptNeoModelLogits(config, weights, hidden),
  });
}
