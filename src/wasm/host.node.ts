/**
 * Node: modules from build/, threads from worker_threads.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.ts';
import type { BuildName } from './builds.ts';
import type { WasmHost } from './host.ts';

/** The whole program of a worker. Text, because Node 20 starts no worker from TypeScript. */
const workerProgram = `
const { module, memory, control } = require('node:worker_threads').workerData;
new WebAssembly.Instance(module, { env: { memory } }).exports.work(control);
`;

export const nodeHost: WasmHost = {
  parallelism: availableParallelism(),
  async compile(build) {
    const url = moduleUrl(build);
    const bytes = await readFile(url).catch((cause: unknown) => {
      throw new Error(`cannot read ${url.pathname}; run "npm run build" first`, { cause });
    });
    return WebAssembly.compile(bytes);
  },
  startWorker(job, onExit) {
    const worker = new Worker(workerProgram, { eval: true, workerData: job });
    worker.unref();
    worker.on('error', (error) => onExit(error.message));
    worker.on('exit', (code) => onExit(`exit code ${code}`));
    return { terminate: () => void worker.terminate() };
  },
};

export function moduleUrl(build: BuildName): URL {
  return new URL(`build/${build}.wasm`, packageRoot);
}
