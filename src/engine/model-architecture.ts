/**
 * Which architecture a config is of.
 */
import type { Architecture, ModelConfig } from './architecture.ts';
import { isGptNeoConfig } from './architecture.ts';
import type { AttentionOptions } from './gpt-neo-architecture.ts';
import { gptNeoArchitecture } from './gpt-neo-architecture.ts';
import { mambaArchitecture } from './mamba-architecture.ts';

/** @param options for a Transformer; Mamba has no attention to choose */
export function architectureOf(config: ModelConfig, options: AttentionOptions = {}): Architecture {
  return isGptNeoConfig(config) ? gptNeoArchitecture(config, options) : mambaArchitecture(config);
}
