/**
 * A model on the WASM backend of this machine: the dtype that fits, as many memories as it takes, weights streamed in.
 */
import type { WeightSource } from '../checkpoint/weight-source.ts';
import type { WeightDtype } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { defaultDtype, splitLayers } from '../engine/memory-plan.ts';
import type { StagePlan } from '../engine/stage.ts';
import type { MambaConfig } from '../reference/types.ts';
import { createWasmBackend } from '../wasm/backend.ts';
import type { BuildName } from '../wasm/builds.ts';
import { nodeHost } from '../wasm/host.node.ts';

export interface WasmEngineOptions {
  readonly dtype?: WeightDtype | undefined;
  readonly threads?: number | undefined;
  readonly build?: BuildName | undefined;
  readonly sequences?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Memory that may be used, in bytes. */
  readonly freeBytes: number;
}

/** Most rows of a chunk, as the backend has them; needed before there is a backend. */
const chunkRows = 512;

/**
 * @param source opened only when the model fits
 * @throws OutOfMemoryError before anything is read, UnsupportedError when WebAssembly here lacks something
 */
export async function openWasmEngine(
  config: MambaConfig,
  source: () => Promise<WeightSource>,
  options: WasmEngineOptions,
): Promise<Engine> {
  const { threads, build, sequences = 1, freeBytes } = options;
  const room = { freeBytes, sequences, chunkRows };
  const dtype = options.dtype ?? defaultDtype(config, room);
  const ranges = splitLayers(config, dtype, room);
  const weights = await source();
  const stages: StagePlan[] = [];
  for (const layers of ranges) {
    stages.push({ ...layers, backend: await createWasmBackend(nodeHost, { threads, build }) });
  }
  const { signal, onProgress } = options;
  return loadEngine(config, weights, stages, { sequences, dtype, signal, onProgress });
}
