/** The four ways to a GPU, by exact name: `gpu` would quietly run on WebAssembly where there is none. */

export type GpuMode = 'headlessgl' | 'webgl' | 'webgl2' | 'webgpu';

export const gpuModes: readonly GpuMode[] = ['headlessgl', 'webgl', 'webgl2', 'webgpu'];

/** Which class of GPU.js must run. */
export const kernelClassOf: Readonly<Record<GpuMode, string>> = {
  headlessgl: 'HeadlessGLKernel',
  webgl: 'WebGLKernel',
  webgl2: 'WebGL2Kernel',
  webgpu: 'WebGPUKernel',
};
