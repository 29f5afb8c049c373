/**
 * GPT-Neos on the WASM backend, for tests, and their weights as an engine holds them.
 */
import type { WeightSource } from '../../src/checkpoint/index.ts';
import { gptNeoTable, memoryWeights, rowsOf } from '../../src/checkpoint/index.ts';
import type { Backend, WeightDtype } from '../../src/engine/backend.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/engine/load-engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { dtypeOf } from '../../src/engine/resident-bytes.ts';
import type { StagePlan } from '../../src/engine/stage.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import type { GptNeoConfig, GptNeoWeights } from '../../src/reference/gpt-neo-types.ts';
import type { Floats } from '../../src/reference/types.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';
import type { MachineOptions } from '../../src/wasm/machine.ts';

export interface GptNeoTestOptions extends EngineOptions {
  readonly machine?: MachineOptions;
  /** Layers at which a new stage begins. */
  readonly cuts?: readonly number[];
  /** Most rows of a chunk, if not the backend's own. */
  readonly chunkRows?: number;
}

/** One thread unless said otherwise. */
export async function openGptNeo(
  config: GptNeoConfig,
  weights: GptNeoWeights | WeightSource,
  { machine, cuts = [], chunkRows, ...options }: GptNeoTestOptions = {},
): Promise<Engine> {
  const bounds = [0, ...cuts, config.nLayer];
  const stages: StagePlan[] = [];
  for (let i = 0; i + 1 < bounds.length; i++) {
    const backend: Backend = await createWasmBackend(nodeHost, { threads: 1, ...machine });
    if (chunkRows !== undefined) Object.defineProperty(backend, 'chunkLengths', { value: chunkRows });
    stages.push({ backend, from: bounds[i]!, to: bounds[i + 1]! });
  }
  return loadEngine(config, sourceOf(weights), stages, options);
}

function sourceOf(weights: GptNeoWeights | WeightSource): WeightSource {
  return 'read' in weights ? weights : memoryWeights(weights);
}

/** The weights in float64 as an engine of this dtype holds them. */
export async function heldGptNeoWeights(
  config: GptNeoConfig,
  weights: GptNeoWeights | WeightSource,
  dtype: WeightDtype,
): Promise<GptNeoWeights> {
  const source = sourceOf(weights);
  const model: Record<string, Floats> = {};
  const layers = Array.from({ length: config.nLayer }, (): Record<string, Floats> => ({}));
  for (const slot of gptNeoTable(config)) {
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    place[slot.field] = roundWeights(await source.read(slot, 0, rowsOf(slot).rows), dtypeOf(slot, dtype));
  }
  return { ...model, layers } as unknown as GptNeoWeights; // the table has an entry for every field
}

/** The weights, each off by up to one unit of float32's last place. */
export function nudged(weights: GptNeoWeights, seed: number): GptNeoWeights {
  let state = seed;
  const nudge = (numbers: Floats) =>
    Float64Array.from(numbers, (value) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return value * (1 + (state / 2 ** 30 - 1) * 2 ** -23);
    });
  const all = <T extends object>(object: T): T =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, ArrayBuffer.isView(value) ? nudge(value as Floats) : value]),
    ) as T;
  return { ...all(weights), layers: weights.layers.map(all) };
}
