/** `mamba-ts/gpu`: the engine's backend, and the kernels themselves, on a GPU through GPU.js. */
export { GpuBackend } from './backend.ts';
export { definitions } from './definitions.ts';
export { ContextLostError } from './errors.ts';
export type { DiscretizeInput } from './kernels.ts';
export { GpuKernels } from './kernels.ts';
export type { GpuMode } from './modes.ts';
export { gpuModes } from './modes.ts';
export type { GpuBackendOptions } from './open-backend.ts';
export { createGpuBackend } from './open-backend.ts';
export type { ScanSizes, Traffic } from './operations/scan-traffic.ts';
export { bytesOfSelectiveScan, trafficOfFused, trafficOfUnfused } from './operations/scan-traffic.ts';
export type { VariantRow } from './variants/run-variants.ts';
export { runVariants } from './variants/run-variants.ts';
