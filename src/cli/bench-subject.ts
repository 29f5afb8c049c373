/**
 * What `mamba-ts bench` times, wherever it runs.
 */
import type { BenchRun, BenchTimes } from '../api/batch-bench.ts';
import { createBatchBench } from '../api/batch-bench.ts';
import { freeMemory } from '../api/free-memory.node.ts';
import { openGpuEngine } from '../api/open-gpu.ts';
import { openWasmEngine } from '../api/wasm-engine.node.ts';
import type { ShapeName } from '../engine/named-shapes.ts';
import { namedConfig } from '../engine/named-shapes.ts';
import { randomWeights } from '../engine/random-weights.ts';
import type { BrowserBackend, HereBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';
import { openBrowserModel } from './browser-model.ts';
import { findModel } from './find-model.ts';
import { loadHere } from './load-here.ts';
import type { ModelFlags } from './model-options.ts';
import { peakOfTree } from './peak-memory.ts';

export interface BenchTarget extends ModelFlags {
  readonly random?: ShapeName;
  readonly batch: number;
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
  const { dtype, threads, batch: sequences, discretization, random, model } = flags;
  const options = { dtype, sequences, ...watch };
  const open = async () => {
    if (random !== undefined) {
      const config = namedConfig(random);
      const source = async () => randomWeights(config);
      const engine = await (backend === 'headlessgl'
        ? openGpuEngine(backend, config, source, options)
        : openWasmEngine(config, source, { ...options, threads, freeBytes: freeMemory() }));
      return createBatchBench(`random ${random}`, engine);
    }
    const found = model === undefined ? undefined : await findModel(model, watch.signal);
    const loaded = await loadHere(found, { backend, threads, discretization, ...options });
    return createBatchBench(loaded.name, loaded.engine ?? loaded.model, () => loaded.dispose());
  };
  const subject = await open();
  return {
    ...subject,
    ...(backend === 'headlessgl' && { threads: null }),
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
  };
}

async function openInBrowser(backend: BrowserBackend, flags: BenchTarget, watch: BenchWatch): Promise<Subject> {
  const { dtype, batch: sequences, discretization, random, model: spec } = flags;
  const found = spec === undefined ? undefined : await findModel(spec, watch.signal);
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
