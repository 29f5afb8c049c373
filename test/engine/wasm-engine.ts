/**
 * Engines on the WASM backend, for tests: from the reference's own weights, so that both run the same model.
 */
import { memoryWeights } from '../../src/checkpoint/weight-source.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/engine/load-engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import type { StagePlan } from '../../src/engine/stage.ts';
import type { MambaConfig, Weights } from '../../src/reference/types.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';
import type { MachineOptions } from '../../src/wasm/machine.ts';

export interface TestEngineOptions extends EngineOptions {
  readonly machine?: MachineOptions;
  /** Layers at which a new stage begins. */
  readonly cuts?: readonly number[];
}

/** One thread unless said otherwise. */
export async function openTestEngine(
  config: MambaConfig,
  weights: Weights,
  { machine, cuts = [], ...options }: TestEngineOptions = {},
): Promise<Engine> {
  const bounds = [0, ...cuts, config.nLayer];
  const stages: StagePlan[] = [];
  for (let i = 0; i + 1 < bounds.length; i++) {
    const backend = await createWasmBackend(nodeHost, { threads: 1, ...machine });
    stages.push({ backend, from: bounds[i]!, to: bounds[i + 1]! });
  }
  return loadEngine(config, memoryWeights(weights), stages, options);
}

/** The embedded model's and the tests' weights as they are after rounding to float32. */
export function roundedWeights(weights: Weights): Weights {
  const round = <T extends object>(object: T): T =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        ArrayBuffer.isView(value) ? Float64Array.from(value as Float64Array, Math.fround) : value,
      ]),
    ) as T;
  return { ...round(weights), layers: weights.layers.map(round) };
}
