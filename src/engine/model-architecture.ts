/**
 * Which architecture a config is of.
 */
import type { Architecture, ModelConfig } from './architecture.ts';
import { isGptNeoConfig } from './architecture.ts';
import { UnsupportedError } from './errors.ts';
import { mambaArchitecture } from './mamba-architecture.ts';

/** @throws UnsupportedError for a GPT-Neo */
export function architectureOf(config: ModelConfig): Architecture {
  if (isGptNeoConfig(config)) throw new UnsupportedError('the engine has no GPT-Neo');
  return mambaArchitecture(config);
}
