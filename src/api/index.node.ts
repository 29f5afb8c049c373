/** `mamba-ts/engine`: load a model on this machine, generate, score, keep its state. */
export type { WeightDtype } from '../engine/backend.ts';
export { DeviceLostError, OutOfMemoryError, UnsupportedError } from '../engine/errors.ts';
export type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
export type { Sampling } from '../generation/sampler.ts';
export type { Score, ScoreOptions } from '../generation/score.ts';
export type { State } from '../reference/types.ts';
export { type LoadModelOptions, load } from './load.node.ts';
export { LoadedModel } from './loaded-model.ts';
