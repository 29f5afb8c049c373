/**
 * GPU backends by name, as engines and as targets of the suite; gpu/ and GPU.js are loaded only where one is asked for.
 */
import type { GpuMode } from '../../gpu/index.ts';
import type { WeightSource } from '../checkpoint/index.ts';
import type { Backend, WeightDtype } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { loadEngine } from '../engine/load-engine.ts';
import type { Target } from '../oracle/index.ts';
import { createGpuTarget } from '../oracle/index.ts';
import type { MambaConfig } from '../reference/types.ts';

export interface GpuEngineOptions {
  /** Default f32. */
  readonly dtype?: WeightDtype | undefined;
  readonly sequences?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** @throws UnsupportedError saying what is missing, and on which renderer */
export async function openGpuBackend(name: GpuMode): Promise<Backend> {
  const { createGpuBackend } = await import('../../gpu/index.ts');
  return createGpuBackend(name);
}

/** @throws whatever `source` throws, before a backend is opened; then as {@link openGpuBackend} and loadEngine */
export async function openGpuEngine(
  name: GpuMode,
  config: MambaConfig,
  source: () => Promise<WeightSource>,
  { dtype = 'f32', sequences = 1, signal, onProgress }: GpuEngineOptions = {},
): Promise<Engine> {
  const weights = await source(); // first: who fails here has no backend to give back
  const backend = await openGpuBackend(name);
  const stages = [{ backend, from: 0, to: config.nLayer }];
  return loadEngine(config, weights, stages, { dtype, sequences, signal, onProgress });
}

export async function openGpuTarget(name: GpuMode): Promise<{ readonly target: Target; dispose(): void }> {
  const { createGpuBackend, GpuKernels } = await import('../../gpu/index.ts');
  const backend = await createGpuBackend(name);
  return { target: createGpuTarget(backend, new GpuKernels(backend)), dispose: () => backend.dispose() };
}
