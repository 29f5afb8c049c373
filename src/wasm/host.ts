/**
 * What the WASM backend needs of the place it runs in: Node or a browser's Worker.
 */
import type { BuildName } from './builds.ts';

export interface WasmHost {
  /** Threads that can run at once. */
  readonly parallelism: number;
  compile(build: BuildName): Promise<WebAssembly.Module>;
  /** Starts a thread that calls the module's `work(control)` over the shared memory. Must not keep the program alive. */
  startWorker(job: WorkerJob, onExit: (reason: string) => void): WorkerHandle;
}

export interface WorkerJob {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
}

export interface WorkerHandle {
  terminate(): void;
}
