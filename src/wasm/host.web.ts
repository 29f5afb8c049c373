/**
 * A browser: modules by fetch, threads from nested Workers. The backend itself must run in a Worker, since a page's
 * main thread may not wait.
 */
import { packageRoot } from '../package-root.ts';
import type { WasmHost } from './host.ts';

const workerProgram = `
onmessage = ({ data: { module, memory, control } }) => {
  new WebAssembly.Instance(module, { env: { memory } }).exports.work(control);
};
`;

/** @param builds where the .wasm files lie, by default build/ of this package */
export function createWebHost(builds: URL = new URL('build/', packageRoot)): WasmHost {
  return {
    parallelism: navigator.hardwareConcurrency,
    compile: (build) => WebAssembly.compileStreaming(fetch(new URL(`${build}.wasm`, builds))),
    startWorker(job, onExit) {
      const url = URL.createObjectURL(new Blob([workerProgram], { type: 'text/javascript' }));
      const worker = new Worker(url);
      worker.onerror = (event) => onExit(event.message);
      worker.postMessage(job);
      return {
        terminate() {
          worker.terminate();
          URL.revokeObjectURL(url);
        },
      };
    },
  };
}
