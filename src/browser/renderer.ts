/**
 * On what a browser would compute, asked for cheaply: no GPU.js, no kernel.
 */
import { deviceLabel } from './device-label.ts';

/** @returns the renderer's name, or null when there is none */
export async function rendererOf(backend: 'webgl' | 'webgl2' | 'webgpu'): Promise<string | null> {
  const name = backend === 'webgpu' ? await adapterName() : contextName(backend);
  return name && deviceLabel(name);
}

function contextName(kind: 'webgl' | 'webgl2'): string | null {
  const gl = document.createElement('canvas').getContext(kind) as WebGLRenderingContext | null;
  if (gl === null) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // a browser has only so many
  return name;
}

interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
}

/** The first request after a start may find nothing and the next one an adapter: asked twice. */
async function adapterName(): Promise<string | null> {
  const { gpu } = navigator as { readonly gpu?: { requestAdapter(options: object): Promise<Adapter | null> } };
  const ask = async () => gpu?.requestAdapter({ powerPreference: 'high-performance' });
  const adapter = (await ask()) ?? (await ask());
  if (adapter == null) return null;
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter((part) => part !== '').join(' ') || 'an adapter without a name';
}
