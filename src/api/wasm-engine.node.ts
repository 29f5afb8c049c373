/**
 * A model on the WASM backend of this machine: the dtype that fits, as many memories as it takes, weights streamed in.
 */
import type { WeightSource } from '../checkpoint/weight-source.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import type { WeightDtype } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import type { AttentionOptions } from '../engine/gpt-neo-architecture.ts';
import { loadEngine } from '../engine/load-engine.ts';
import type { LoadEstimate } from '../engine/load-estimate.ts';
import { loadEstimate } from '../engine/load-estimate.ts';
import { defaultDtype, splitLayers } from '../engine/memory-plan.ts';
import type { LayerRange, StagePlan } from '../engine/stage.ts';
import { createWasmBackend } from '../wasm/backend.ts';
import type { BuildName } from '../wasm/builds.ts';
import { nodeHost } from '../wasm/host.node.ts';

export interface WasmEngineOptions extends AttentionOptions {
  readonly dtype?: WeightDtype | undefined;
  readonly threads?: number | undefined;
  readonly build?: BuildName | undefined;
  readonly sequences?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Memory that may be used, in bytes. */
  readonly freeBytes: number;
  /** Bytes of one memory; less than a model needs splits it. For tests, and for hosts that allow less than 4 GiB. */
  readonly capacity?: number | undefined;
  /** Before anything is read, once it is known that the model fits. */
  readonly onEstimate?: ((estimate: LoadEstimate) => void) | undefined;
}

/** Most rows of a chunk, as the backend has them; needed before there is a backend. */
export const chunkRows = 512;

/**
 * @param source opened only when the model fits
 * @throws OutOfMemoryError before anything is read, UnsupportedError when WebAssembly here lacks something
 */
export async function openWasmEngine(
  config: ModelConfig,
  source: () => Promise<WeightSource>,
  options: WasmEngineOptions,
): Promise<Engine> {
  const { sequences = 1, freeBytes, capacity, signal, onProgress, attention, positions } = options;
  const memories = { freeBytes, ...(capacity !== undefined && { capacity }) };
  const room = { ...memories, sequences, chunkRows, attention, positions };
  const dtype = options.dtype ?? defaultDtype(config, room);
  const ranges = splitLayers(config, dtype, room);
  options.onEstimate?.(loadEstimate(config, { dtype, memories: ranges.length }, room));
  const weights = await source();
  const model = { sequences, dtype, attention, positions };
  return loadEngine(config, weights, await openStages(ranges, options), { ...model, signal, onProgress });
}

/** A memory for each range. @throws UnsupportedError, and then none is left open */
async function openStages(ranges: readonly LayerRange[], { threads, build }: WasmEngineOptions) {
  const stages: StagePlan[] = [];
  try {
    for (const layers of ranges) {
      stages.push({ ...layers, backend: await createWasmBackend(nodeHost, { threads, build }) });
    }
    return stages;
  } catch (error) {
    for (const { backend } of stages) backend.dispose();
    throw error;
  }
}
