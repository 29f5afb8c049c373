/** `mamba-ts/wasm`: the WebAssembly backend for any host. Node's own host is in host.node.ts. */
export { createWasmBackend, WasmBackend } from './backend.ts';
export {
  type BuildChoice,
  type BuildName,
  buildNames,
  chooseBuild,
  detectFeatures,
  type WasmFeatures,
} from './builds.ts';
export type { WasmHost, WorkerHandle, WorkerJob } from './host.ts';
export { createWebHost } from './host.web.ts';
/**
 * Scans, discretizations, gradients and elementwise functions on plain arrays: `new WasmKernels(await createWasmBackend(…))`.
 * Each call copies its operands in and its results out; results are those of the reference up to float32.
 */
export { type DiscretizeOperands, type KernelRule, WasmKernels } from './kernels.ts';
export type { MachineOptions } from './machine.ts';
export type { AffineElements } from './scan-kernel.ts';
export type { KernelGradients } from './selective-scan-backward-kernel.ts';
export type { KernelScanOutput } from './selective-scan-kernel.ts';
