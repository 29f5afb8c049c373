/**
 * Every kernel's shaders for WebGL2, as a browser gets them: compiled by the machine, with its types and settings.
 */
import { openKernelPage } from '../kernel-page.ts';
import type { KernelShader } from './statistics.ts';

/** @throws Error when a kernel does not compile, naming it */
export async function kernelShaders(): Promise<readonly KernelShader[]> {
  const page = await openKernelPage();
  try {
    const compiled = await page.compileEvery('source', 'webgl2', 'called');
    return compiled.map(({ kernel, vertexShader, fragmentShader, error }) => {
      if (error !== undefined || vertexShader == null || fragmentShader == null)
        throw new Error(`${kernel} expected shaders, got ${error ?? 'none'}`);
      return { kernel, vertexShader, fragmentShader };
    });
  } finally {
    await page.close();
  }
}
