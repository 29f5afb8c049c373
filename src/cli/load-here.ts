/**
 * A model in this process, on whichever of the backends that run here.
 */

import { fileURLToPath } from 'node:url';
import type { FoundModel } from '../api/find-model.node.ts';
import { folderOptions } from '../api/find-model.node.ts';
import type { LoadModelOptions } from '../api/load.node.ts';
import { load } from '../api/load.node.ts';
import { loadHeadless } from '../api/load-headless.node.ts';
import type { LoadedModel } from '../api/loaded-model.ts';
import { packageRoot } from '../package-root.ts';
import type { HereBackend } from './backends.ts';

/** @param found absent: the embedded model */
export function loadHere(
  found: FoundModel | undefined,
  { backend, ...options }: Omit<LoadModelOptions, 'backend'> & { readonly backend: HereBackend },
): Promise<LoadedModel> {
  const all = { ...options, ...(found && folderOptions(found)) };
  if (backend !== 'headlessgl') return load(found?.path, { backend, ...all });
  return loadHeadless(found?.path ?? fileURLToPath(new URL('models/tiny-shakespeare/', packageRoot)), all);
}
