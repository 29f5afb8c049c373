/**
 * On what a browser would compute, asked for cheaply: no GPU.js, no kernel.
 */
import { nameOfAdapter, requestAdapter } from '../../gpu/renderer.ts';
import { deviceLabel } from '../../gpu/software.ts';

/** @returns the renderer's name, or null when there is none */
export async function rendererOf(backend: 'webgl' | 'webgl2' | 'webgpu'): Promise<string | null> {
  const name = backend === 'webgpu' ? await adapterName() : contextName(backend);
  return name && deviceLabel(name);
}

async function adapterName(): Promise<string | null> {
  const adapter = await requestAdapter();
  return adapter && nameOfAdapter(adapter);
}

function contextName(kind: 'webgl' | 'webgl2'): string | null {
  const gl = document.createElement('canvas').getContext(kind) as WebGLRenderingContext | null;
  if (gl === null) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // a browser has only so many
  return name;
}
