/**
 * A model on a backend of a browser, where the backend lives: on the page's main thread or in a Worker. It knows no text;
 * that is why a Worker can have it (import maps, by which the tokenizer's package is found, do not reach Workers).
 */
import type { BenchRun, BenchTimes } from '../api/batch-bench.ts';
import { createBatchBench } from '../api/batch-bench.ts';
import type { WeightSource } from '../checkpoint/index.ts';
import { fileWeights, openWeights } from '../checkpoint/index.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { createEngineModel } from '../engine/engine-model.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { randomWeights } from '../engine/random-weights.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { MambaConfig } from '../reference/types.ts';
import { fetchSource } from './fetch-source.ts';
import { openBackend } from './open-backend.ts';
import type { PageBackend } from './protocol.ts';

/** Plain values: they cross to a Worker. */
export interface EnginePlan {
  readonly backend: PageBackend;
  readonly config: MambaConfig;
  readonly weights: { readonly url: string } | { readonly seed: number };
  readonly dtype: WeightDtype;
  readonly threads?: number | undefined;
  readonly sequences: number;
}

export interface EngineWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface EngineSession {
  /** The first sequence. */
  readonly model: LanguageModel;
  readonly fingerprint: string | undefined;
  readonly residentBytes: number;
  bench(run: BenchRun): Promise<BenchTimes>;
  dispose(): void;
}

/** @throws UnsupportedError, OutOfMemoryError, CheckpointError: whatever keeps the model from being ready */
export async function openEngineSession(plan: EnginePlan, watch: EngineWatch = {}): Promise<EngineSession> {
  const { config, dtype, sequences } = plan;
  const source = await weightsOf(plan);
  const backend = await openBackend(plan.backend, plan.threads);
  const stages = [{ backend, from: 0, to: config.nLayer }];
  const engine = await loadEngine(config, source, stages, { dtype, sequences, ...watch });
  return {
    model: createEngineModel(engine),
    fingerprint: engine.fingerprint,
    residentBytes: engine.residentBytes,
    bench: (run) => createBatchBench('', engine).run(run),
    dispose: () => engine.dispose(),
  };
}

async function weightsOf({ weights, config }: EnginePlan): Promise<WeightSource> {
  if ('seed' in weights) return randomWeights(config, weights.seed);
  const { pathname } = new URL(weights.url);
  const name = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
  const beside = (file: string) => new URL(encodeURIComponent(file), weights.url);
  return fileWeights(await openWeights(name, (file) => fetchSource(beside(file), file)), config);
}
