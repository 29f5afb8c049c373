/**
 * The builds under test, each with a backend for the whole file, or the reason why it does not run here.
 */
import { operationNames } from '../../src/oracle/operations.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import type { BuildName } from '../../src/wasm/builds.ts';
import { buildNames, chooseBuild, detectFeatures } from '../../src/wasm/builds.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';

/** The suite's operations but for the one that WebAssembly lacks. */
export const wasmOperations = operationNames.filter((operation) => operation !== 'scanChunked');

export interface BuildUnderTest {
  readonly build: BuildName;
  readonly backend?: WasmBackend;
  readonly absent?: string;
}

export function buildsUnderTest(): Promise<readonly BuildUnderTest[]> {
  const features = detectFeatures();
  return Promise.all(
    buildNames.map(async (build) => {
      const threads = build.endsWith('threads') ? 2 : 1;
      if (chooseBuild(features, threads, build) === undefined) return { build, absent: reasonOf(build) };
      return { build, backend: await createWasmBackend(nodeHost, { build, threads }) };
    }),
  );
}

function reasonOf(build: BuildName): string {
  const flag = build.startsWith('relaxed') ? '; Node 20 needs --experimental-wasm-relaxed-simd' : '';
  return `WebAssembly.validate refuses the build here${flag}`;
}

/** The strict build with so many threads. */
export function strictBackend(threads = 1): Promise<WasmBackend> {
  return createWasmBackend(nodeHost, { build: threads === 1 ? 'simd' : 'simd-threads', threads });
}
