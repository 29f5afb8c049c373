/**
 * Opens a GPU: the exact mode asked for, probed, or an error that says what is missing.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import { GpuBackend } from './backend.ts';
import type { GpuJs } from './gpu-js.ts';
import { importGpuJs } from './gpu-js.ts';
import type { MachineLimits } from './limits.ts';
import { GpuMachine } from './machine.ts';
import type { GpuMode } from './modes.ts';
import { gpuModes, kernelClassOf } from './modes.ts';
import { probe } from './probe.ts';
import { rendererOf, requestAdapter } from './renderer.ts';

export interface GpuBackendOptions {
  /** Pretends that textures have at most this side, or buffers as many numbers, to test tiles; default: what the device says. */
  readonly maxTextureSize?: number;
  /** Most rows of a chunk. */
  readonly chunkLength?: number;
}

/** Rows of a chunk: WebGPU has room and no limit on a draw; a fragment shader should be done in 50 ms. */
const chunkLengthOf: Readonly<Record<GpuMode, number>> = { headlessgl: 128, webgl: 128, webgl2: 128, webgpu: 512 };

/**
 * @throws UnsupportedError when gpu.js, the mode or a needed ability is missing
 */
export async function createGpuBackend(mode: GpuMode, options: GpuBackendOptions = {}): Promise<GpuBackend> {
  if (!gpuModes.includes(mode))
    throw new RangeError(`"mode" expected ${gpuModes.join(', ')}, got ${JSON.stringify(mode)}`);
  const js = await importGpuJs();
  const limits = await limitsOf(js, mode, options.maxTextureSize);
  const machine = new GpuMachine(js, mode, limits);
  try {
    machine.nothing();
    await machine.settle(); // makes the context
    const renderer = await rendererOf(mode, machine.gpu);
    await probe(machine, renderer);
    return new GpuBackend(machine, renderer, options.chunkLength ?? chunkLengthOf[mode]);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}

async function limitsOf(js: GpuJs, mode: GpuMode, pretended = Infinity): Promise<MachineLimits> {
  if (mode === 'webgpu') {
    const adapter = await requestAdapter();
    if (adapter === null) throw new UnsupportedError('webgpu expected an adapter, and there is none here');
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    const bufferLength = Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4);
    return { textureSide: Infinity, bufferLength: Math.min(bufferLength, pretended ** 2) };
  }
  const Kernel = js[kernelClassOf[mode] as keyof GpuJs] as unknown as KernelClass;
  if (!Kernel?.isSupported) throw new UnsupportedError(absence[mode]);
  const { maxTextureSize, isFloatRead } = Kernel.features;
  if (!isFloatRead) throw new UnsupportedError(`${mode} expected float render targets (EXT_color_buffer_float)`);
  return { textureSide: Math.min(maxTextureSize, pretended), bufferLength: Infinity };
}

interface KernelClass {
  readonly isSupported: boolean;
  readonly features: { readonly maxTextureSize: number; readonly isFloatRead: boolean };
}

const absence = {
  headlessgl:
    'headlessgl expected the package gl with its native build and a display: npm rebuild gl --dangerously-allow-all-scripts, ' +
    'then run under xvfb-run -a',
  webgl: 'webgl expected a page whose canvases have a WebGL context, and there is none here',
  webgl2: 'webgl2 expected a page whose canvases have a WebGL 2 context, and there is none here',
} as const;
