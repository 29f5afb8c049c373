/**
 * A model in this process, on whichever of the backends that run here.
 */
import { fileURLToPath } from 'node:url';
import type { LoadModelOptions } from '../api/load.node.ts';
import { load } from '../api/load.node.ts';
import { loadHeadless } from '../api/load-headless.node.ts';
import type { LoadedModel } from '../api/loaded-model.ts';
import { packageRoot } from '../package-root.ts';
import type { HereBackend } from './backends.ts';

/** @param folder of a checkpoint; absent: the embedded model */
export function loadHere(
  folder: string | undefined,
  { backend, ...options }: Omit<LoadModelOptions, 'backend'> & { readonly backend: HereBackend },
): Promise<LoadedModel> {
  if (backend !== 'headlessgl') return load(folder, { backend, ...options });
  return loadHeadless(folder ?? fileURLToPath(new URL('models/tiny-shakespeare/', packageRoot)), options);
}
