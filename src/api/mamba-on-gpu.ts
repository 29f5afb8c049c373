/**
 * GPUs run Mamba only: one refusal for every command, whether the model is a file or made up.
 */
import type { ModelCheckpointConfig } from '../checkpoint/config.ts';
import { expectMamba } from '../checkpoint/config.ts';
import { UnsupportedError } from '../engine/errors.ts';

const only = 'runs on GPUs';

/** @throws UnsupportedError always */
export function refuseGptNeo(backend: string, name: string): never {
  throw new UnsupportedError(
    `${backend}, ${name}: expected a Mamba, the only kind of model that ${only}, got a GPT-Neo`,
  );
}

/** @throws UnsupportedError for a GPT-Neo */
export function expectMambaOnGpu<P extends ModelCheckpointConfig>(parsed: P, backend: string, name: string) {
  if (parsed.modelType === 'gpt_neo') refuseGptNeo(backend, name);
  return expectMamba(parsed, name, only);
}
