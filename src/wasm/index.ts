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
export type { MachineOptions } from './machine.ts';
