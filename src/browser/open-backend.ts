/**
 * A backend of this browser by name, and the same as a target of the conformance suite. GPU.js and the kernels are loaded
 * when they are asked for, not before.
 */

import { openGpuBackend, openGpuTarget } from '../api/open-gpu.ts';
import type { Backend } from '../engine/backend.ts';
import type { Target } from '../oracle/index.ts';
import { createWasmTarget } from '../oracle/index.ts';
import { createWasmBackend, createWebHost } from '../wasm/index.ts';
import type { PageBackend } from './protocol.ts';

/** @throws UnsupportedError when this browser lacks what the backend needs */
export function openBackend(name: PageBackend, threads?: number): Promise<Backend> {
  return name === 'wasm' ? createWasmBackend(createWebHost(), { threads }) : openGpuBackend(name);
}

export async function openTarget(name: PageBackend): Promise<{ readonly target: Target; dispose(): void }> {
  if (name !== 'wasm') return openGpuTarget(name);
  const backend = await createWasmBackend(createWebHost());
  return { target: createWasmTarget(backend), dispose: () => backend.dispose() };
}
