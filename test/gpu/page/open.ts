/**
 * Backends for the tests, opened once and kept, and what really ran on them: every kernel's class, every texture's sides.
 * Runs in Node and in a page.
 */
import type { GpuBackend } from '../../../gpu/backend.ts';
import type { GpuKernel } from '../../../gpu/gpu-js.ts';
import type { GpuMode } from '../../../gpu/modes.ts';
import type { GpuBackendOptions } from '../../../gpu/open-backend.ts';
import { createGpuBackend } from '../../../gpu/open-backend.ts';

export interface Opening extends GpuBackendOptions {
  readonly mode: GpuMode;
}

/** What computed something. */
export interface Ran {
  readonly mode: string;
  readonly device: string;
  /** GPU.js's classes of the kernels that were made. */
  readonly classes: readonly string[];
  /** Longest side of a texture that was allocated; 0 without textures. */
  readonly side: number;
}

export interface Watched {
  readonly backend: GpuBackend;
  ran(): Ran;
}

const opened = new Map<string, Promise<Watched>>();

/** The same for the same options. */
export function openOnce({ mode, ...options }: Opening): Promise<Watched> {
  const key = JSON.stringify([mode, options]);
  let watched = opened.get(key);
  if (watched === undefined) {
    watched = openWatched({ mode, ...options });
    opened.set(key, watched);
  }
  return watched;
}

export async function closeAll(): Promise<void> {
  const all = await Promise.allSettled(opened.values());
  for (const one of all) if (one.status === 'fulfilled') one.value.backend.dispose();
  opened.clear();
}

export async function openWatched({ mode, ...options }: Opening): Promise<Watched> {
  const backend = await createGpuBackend(mode, options);
  const { gpu } = backend.machine;
  const made: GpuKernel[] = [];
  const create = gpu.createKernel.bind(gpu);
  gpu.createKernel = (...settings) => {
    const kernel = create(...settings);
    made.push(kernel);
    return kernel;
  };
  const side = mode === 'webgpu' ? () => 0 : watchTextures(gpu.context!);
  const ran = () => ({
    ...{ mode: backend.machine.mode, device: backend.device, side: side() },
    classes: [...new Set(made.map(({ kernel }) => kernel.constructor.name))],
  });
  return { backend, ran };
}

/** Longest side of a texture from now on. */
function watchTextures(context: WebGLRenderingContext | WebGL2RenderingContext): () => number {
  let longest = 0;
  const upload = context.texImage2D as (...given: unknown[]) => void;
  (context as { texImage2D: typeof upload }).texImage2D = (...given) => {
    longest = Math.max(longest, Number(given[3]), Number(given[4]));
    upload.apply(context, given);
  };
  return () => longest;
}
