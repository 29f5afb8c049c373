/**
 * Whose GPU it is, and whether it is one at all: software renderers are labelled wherever a figure appears.
 */
import type { Gpu } from './gpu-js.ts';
import type { GpuMode } from './modes.ts';
import { deviceLabel } from './software.ts';

/** `NVIDIA H100`, `SwiftShader … (software)` */
export async function rendererOf(mode: GpuMode, gpu: Gpu): Promise<string> {
  return deviceLabel(mode === 'webgpu' ? nameOfAdapter((await requestAdapter())!) : contextName(gpu));
}

export function nameOfAdapter({ info }: GpuAdapter): string {
  const words = [info.vendor, info.architecture, info.device, info.description].filter((word) => word !== '');
  return words.length > 0 ? words.join(' ') : 'a WebGPU adapter that hides its name';
}

/** As GPU.js asks, which computes on what it is given: without a preference. Headless Chromium may answer null at first. */
export async function requestAdapter(): Promise<GpuAdapter | null> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: WebGpu } };
  const gpu = navigator?.gpu;
  return (await gpu?.requestAdapter()) ?? (await gpu?.requestAdapter()) ?? null;
}

interface WebGpu {
  requestAdapter(): Promise<GpuAdapter | null>;
}

/** What we read of WebGPU's GPUAdapter. */
export interface GpuAdapter {
  readonly info: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>>;
  readonly limits: Readonly<Record<'maxStorageBufferBindingSize' | 'maxBufferSize', number>>;
}

/** headless-gl hides what renders: Mesa's software driver almost everywhere. */
function contextName({ context }: Gpu): string {
  if (context === null) return 'no context';
  const extension = context.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = context.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  return name === 'ANGLE' || name === null ? 'headless-gl, which hides the driver (software)' : String(name);
}
