/**
 * An engine on a target's backend for as long as some work takes; all that it allocates is given back.
 */
import { memoryWeights } from '../checkpoint/index.ts';
import type { Backend, WeightDtype } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { UnsupportedError } from '../engine/errors.ts';
import { loadEngine } from '../engine/load-engine.ts';
import type { MambaConfig, Weights } from '../reference/types.ts';
import { lendBackend } from './lent-backend.ts';
import type { Target } from './target.ts';

export interface LentModel {
  readonly config: MambaConfig;
  readonly weights: Weights;
  /** Default f32. */
  readonly dtype?: WeightDtype;
  /** Default 1. */
  readonly sequences?: number;
}

/** @throws UnsupportedError for a target that is no device; Error in its place when the work throws one */
export async function withLentEngine<T>(
  target: Target,
  { config, weights, ...options }: LentModel,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const backend = backendOf(target);
  const stages = [{ backend: lendBackend(backend), from: 0, to: config.nLayer }];
  const engine = await loadEngine(config, memoryWeights(weights), stages, options);
  try {
    return await work(engine);
  } catch (error) {
    // Plans that do not compile where there should be some are no absence.
    throw error instanceof UnsupportedError ? new Error(error.message, { cause: error }) : error;
  } finally {
    await backend.settle().catch(() => {}); // what went wrong has been said
    engine.dispose();
  }
}

/** @throws UnsupportedError for a target that is no device */
export function backendOf({ name, backend }: Target): Backend {
  if (backend === undefined) throw new UnsupportedError(`${name}: engines are measured by it`);
  return backend;
}
