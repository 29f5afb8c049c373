/**
 * What a model on the hub is asked by its config.json alone, before its weights come over the network.
 */
import { expectLoadable } from '../api/expect-loadable.node.ts';
import { expectMambaOnGpu } from '../api/mamba-on-gpu.ts';
import { parseModelConfig } from '../checkpoint/config.ts';
import type { WeightDtype } from '../engine/backend.ts';
import type { BackendName } from './backends.ts';

export interface WantedModel {
  readonly backend: BackendName;
  readonly dtype?: WeightDtype | undefined;
  readonly sequences?: number | undefined;
}

/**
 * @param spec what the user calls the model
 * @returns takes the text of config.json, and throws as {@link expectLoadable} does, or UnsupportedError for a GPT-Neo on a GPU
 */
export function configCheck(spec: string | undefined, { backend, dtype, sequences }: WantedModel) {
  const file = `config.json of ${spec}`;
  return (text: string): void => {
    const holder = backend === 'wasm' || backend === 'reference' ? backend : undefined;
    if (holder === undefined) expectMambaOnGpu(parseModelConfig(text, file), backend, String(spec));
    expectLoadable(text, file, { backend: holder, dtype, sequences });
  };
}
