/**
 * What `mamba-ts bench` times, wherever it runs.
 */
import type { BenchRun, BenchTimes } from '../api/batch-bench.ts';
import { createBatchBench } from '../api/batch-bench.ts';
import { freeMemory } from '../api/free-memory.node.ts';
import { refuseGptNeo } from '../api/mamba-on-gpu.ts';
import { openGpuEngine } from '../api/open-gpu.ts';
import { openWasmEngine } from '../api/wasm-engine.node.ts';
import type { Engine } from '../engine/engine.ts';
import type { GptNeoShapeName, ShapeName } from '../engine/named-shapes.ts';
import { isGptNeoShapeName, namedConfig, namedGptNeoConfig } from '../engine/named-shapes.ts';
import { randomWeights } from '../engine/random-weights.ts';
import { expectContext } from '../evaluate/evaluation.ts';
import type { BrowserBackend, HereBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';
import { openBrowserModel } from './browser-model.ts';
import { findModel } from './find-model.ts';
import { configCheck } from './hub-config.ts';
import { loadHere } from './load-here.ts';
import type { ModelFlags } from './model-options.ts';
import { peakOfTree } from './peak-memory.ts';

export interface BenchTarget extends ModelFlags {
  readonly random?: ShapeName | GptNeoShapeName;
  readonly batch: number;
  /** Both together are the room of a KV cache. */
  readonly promptLength: number;
  readonly genLength: number;
}

export interface BenchWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Subject {
  readonly name: string;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  /** Null on a GPU. */
  readonly threads: number | null;
  run(options: BenchRun): Promise<BenchTimes>;
  /** Bytes, or null where nobody says. */
  peakMemory(): number | null;
  dispose(): void | Promise<void>;
}

export function openSubject(flags: BenchTarget, watch: BenchWatch): Promise<Subject> {
  const { backend } = flags;
  return isBrowserBackend(backend) ? openInBrowser(backend, flags, watch) : openHere(backend, flags, watch);
}

async function openHere(backend: HereBackend, flags: BenchTarget, watch: BenchWatch): Promise<Subject> {
  const { dtype, threads, batch: sequences, discretization, attention, random, model } = flags;
  const options = { dtype, sequences, ...watch };
  const open = async () => {
    if (random !== undefined) {
      return createBatchBench(`random ${random}`, await openRandom(backend, random, flags, watch));
    }
    const onConfig = configCheck(model, { backend, dtype, sequences });
    const found = model === undefined ? undefined : await findModel(model, watch.signal, { onConfig });
    const loaded = await loadHere(found, { backend, threads, discretization, attention, ...options });
    try {
      expectContext({ mostTokens: loaded.model.positions ?? Infinity }, flags.promptLength, flags.genLength);
    } catch (error) {
      await loaded.dispose();
      throw error;
    }
    return createBatchBench(loaded.name, loaded.engine ?? loaded.model, () => loaded.dispose());
  };
  const subject = await open();
  return {
    ...subject,
    ...(backend === 'headlessgl' && { threads: null }),
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
  };
}

/** Made-up weights; a KV cache has room for what is timed. */
async function openRandom(
  backend: HereBackend,
  random: ShapeName | GptNeoShapeName,
  { dtype, threads, batch: sequences, attention, promptLength, genLength }: BenchTarget,
  watch: BenchWatch,
): Promise<Engine> {
  const options = { dtype, sequences, ...watch };
  if (isGptNeoShapeName(random)) {
    const config = namedGptNeoConfig(random);
    if (backend === 'headlessgl') refuseGptNeo(backend, `random ${random}`);
    expectContext({ mostTokens: config.maxPositions }, promptLength, genLength);
    const transformer = { attention, positions: promptLength + genLength };
    const wasm = { ...options, ...transformer, threads, freeBytes: freeMemory() };
    return openWasmEngine(config, async () => randomWeights(config), wasm);
  }
  const config = namedConfig(random);
  const source = async () => randomWeights(config);
  if (backend === 'headlessgl') return openGpuEngine(backend, config, source, options);
  return openWasmEngine(config, source, { ...options, threads, freeBytes: freeMemory() });
}

async function openInBrowser(backend: BrowserBackend, flags: BenchTarget, watch: BenchWatch): Promise<Subject> {
  const { dtype, batch: sequences, discretization, random, model: spec } = flags;
  const onConfig = configCheck(spec, { backend });
  const found = spec === undefined ? undefined : await findModel(spec, watch.signal, { onConfig });
  if (random !== undefined && isGptNeoShapeName(random)) {
    refuseGptNeo(backend, `random ${random}`);
  }
  const source = random === undefined ? { found } : { random };
  const options = { dtype, sequences, discretization, ...watch };
  const { model, page } = await openBrowserModel(backend, source, options);
  return {
    ...{ name: model.name, ...model.model, threads: null },
    async run({ signal, onProgress, ...run }) {
      const report = ({ done, total }: { readonly done: number; readonly total: number }) => onProgress?.(done, total);
      const { result } = await page.connection.request({ type: 'bench', ...run }, { signal, onProgress: report });
      return result;
    },
    peakMemory: () => peakOfTree(process.pid),
    dispose: () => model.dispose(),
  };
}
