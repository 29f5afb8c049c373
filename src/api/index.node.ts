/** `mamba-ts/engine`: load a model on this machine, generate, score, keep its state. */
export { CheckpointError } from '../checkpoint/checkpoint-error.ts';
export type { AttentionMethod, WeightDtype } from '../engine/backend.ts';
export type { Engine } from '../engine/engine.ts';
export { DeviceLostError, OutOfContextError, OutOfMemoryError, UnsupportedError } from '../engine/errors.ts';
export { EmptyPromptError, type GenerateOptions, type Generation, type Piece } from '../generation/generate.ts';
export type { FinishReason, Session } from '../generation/generate-tokens.ts';
export type { TokenLogprob, TokenLogprobs } from '../generation/logprobs.ts';
export type { ModelState } from '../generation/model-state.ts';
export { LogitsError, type Sampling } from '../generation/sampler.ts';
export { type Score, type ScoreOptions, ShortTextError } from '../generation/score.ts';
export { HubError } from '../hub/index.node.ts';
export type { GptNeoState } from '../reference/gpt-neo-types.ts';
export type { State } from '../reference/types.ts';
export { TokenizerError } from '../tokenizer.ts';
export { NoModelError } from './find-model.node.ts';
export { type LoadModelOptions, load } from './load.node.ts';
export { LoadedModel } from './loaded-model.ts';
