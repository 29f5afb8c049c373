/**
 * What a backend says when it is asked for what it does not have. Runs in Node and in a page.
 */
import type { GpuMode } from '../../../gpu/modes.ts';
import { createGpuBackend } from '../../../gpu/open-backend.ts';
import type { WeightDtype } from '../../../src/engine/backend.ts';
import { openOnce } from './open.ts';

export interface Refused {
  readonly name: string;
  readonly message: string;
}

export async function refuseMatrix(mode: GpuMode, dtype: WeightDtype): Promise<Refused> {
  const { backend } = await openOnce({ mode });
  return refusalOf(async () => backend.matrix('weight', 4, 32, dtype));
}

/** Opens a backend where numbers do not survive; on WebGPU, where there is no adapter. */
export function openWithout(mode: GpuMode): Promise<Refused> {
  return mode === 'webgpu' ? openWithoutAdapter() : openWithoutPrecision(mode);
}

async function openWithoutAdapter(): Promise<Refused> {
  const { gpu } = navigator as unknown as { readonly gpu: { requestAdapter: unknown } };
  const request = gpu.requestAdapter;
  gpu.requestAdapter = async () => null;
  try {
    return await refusalOf(() => createGpuBackend('webgpu'));
  } finally {
    gpu.requestAdapter = request;
  }
}

/** What is read back has lost its tiny numbers, as if render targets held 16 bits. */
async function openWithoutPrecision(mode: GpuMode): Promise<Refused> {
  const { prototype } = mode === 'webgl2' ? WebGL2RenderingContext : WebGLRenderingContext;
  const read = prototype.readPixels as (...given: unknown[]) => void;
  prototype.readPixels = function (this: WebGLRenderingContext, ...given: unknown[]) {
    read.apply(this, given);
    const numbers = given[6];
    if (numbers instanceof Float32Array) numbers.set(numbers.map((value) => (Math.abs(value) < 2 ** -14 ? 0 : value)));
  } as typeof prototype.readPixels;
  try {
    return await refusalOf(() => createGpuBackend(mode));
  } finally {
    prototype.readPixels = read as typeof prototype.readPixels;
  }
}

async function refusalOf(call: () => Promise<unknown>): Promise<Refused> {
  try {
    await call();
    return { name: 'no error', message: '' };
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
}
