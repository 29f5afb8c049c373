/** The Hugging Face hub: pull models into the cache that Python shares, list them, remove them, find the one that is meant. */
export type { ModelFile } from './cached-model.node.ts';
export { sizeText } from './disk.node.ts';
export { fallbackTokenizer } from './fallback-tokenizer.ts';
export { HubError, type HubErrorCode } from './hub-error.ts';
export { type CachedModel, listModels } from './list-models.node.ts';
export { looksLikePath } from './looks-like-path.ts';
export type { HubOptions, PlannedFile, PullPlan, PullProgress } from './options.node.ts';
export { type PulledModel, pullModel } from './pull.node.ts';
export { type PulledConfig, pullConfig } from './pull-config.node.ts';
export { pullTokenizer } from './pull-tokenizer.node.ts';
export { type RemovedModel, removeModel } from './remove-model.node.ts';
export { cacheFolder, type HubSettings, readSettings } from './settings.node.ts';
export { defaultTiming, type Timing } from './timing.ts';
