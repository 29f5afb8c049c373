/**
 * Which backends `evaluate` measures which kind of model on.
 */
import { refuseGptNeo } from '../api/mamba-on-gpu.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { ModelShape } from '../evaluate/model-shape.ts';
import type { BackendName, HereBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';

/** @throws UnsupportedError for a Transformer on a GPU, and for backends that a browser has */
export function expectEvaluable({ kind }: ModelShape, backend: BackendName, name: string): HereBackend {
  const onGpu = backend === 'headlessgl' || isBrowserBackend(backend);
  if (onGpu && kind === 'gpt-neo') refuseGptNeo(backend, name);
  if (!isBrowserBackend(backend)) return backend;
  throw new UnsupportedError(
    `evaluate runs on wasm, reference and headlessgl, not on ${backend}: bench times that one`,
  );
}
