/**
 * The options that every command with a model shares, and the model they open.
 */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { AttentionMethod, WeightDtype } from '../engine/backend.ts';
import type { LoadEstimate } from '../engine/load-estimate.ts';
import { weightDtypes } from '../engine/resident-bytes.ts';
import type { Discretization } from '../reference/types.ts';
import { mostThreads } from '../wasm/control.ts';
import type { BackendName } from './backends.ts';
import { backendNames, isBrowserBackend, parseBackend } from './backends.ts';
import { openBrowserModel } from './browser-model.ts';
import { estimateText } from './estimate-text.ts';
import { UsageError } from './exit.ts';
import { findModel } from './find-model.ts';
import { configCheck } from './hub-config.ts';
import { loadHere } from './load-here.ts';
import { integerIn, numberOption } from './number-option.ts';
import type { OpenedModel } from './opened-model.ts';
import { writeNote } from './output.ts';
import { createProgress } from './progress.ts';

export interface BackendFlags {
  readonly backend: BackendName;
  readonly dtype?: WeightDtype;
  readonly threads?: number;
}

export interface ModelFlags extends BackendFlags {
  readonly model?: string;
  readonly discretization?: Discretization;
  readonly attention?: AttentionMethod;
}

const backendHelp = `
Backends: wasm and reference (float64, slow, right) run anywhere. webgl, webgl2 and webgpu run on the GPU, in an installed
Chromium, Chrome or Edge without a window (CHROME_PATH=…, MAMBA_SOFTWARE_GL=1 to render on the CPU). headlessgl needs no
browser but the packages gpu.js and gl, and mostly renders on the CPU. GPUs take --dtype f32 and q8_0. Try: mamba-ts doctor`;

/** --backend, --dtype, --threads. */
export function addBackendOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--backend <name>', `what computes: ${backendNames.join(', ')}; see below`)
        .default('wasm')
        .argParser(parseBackend),
    )
    .addOption(
      new Option('--dtype <dtype>', 'weights as f32, bf16, f16 or q8_0 (default: the first that fits)').argParser(
        parseDtype,
      ),
    )
    .addOption(numberOption('--threads', 'n', 'default: as many as can run at once', integerIn(1, mostThreads)))
    .addHelpText('after', backendHelp)
    .hook('preAction', (_, acting) => expectFittingOptions(acting.opts<ModelFlags>()));
}

export function addModelOptions(command: Command): Command {
  return addBackendOptions(
    command
      .option(
        '--model <model>',
        'ORG/NAME on the hub, a folder, or a .gguf file (default: the embedded tiny-shakespeare)',
      )
      .addOption(
        new Option(
          '--discretization <rule>',
          'experiment: mamba (B̄ = ΔB) or zoh (default: as the model says)',
        ).argParser(parseDiscretization),
      )
      .addOption(
        new Option(
          '--attention <method>',
          'of a GPT-Neo: eager (all scores in memory) or flash (tile by tile) (default: eager)',
        ).argParser(parseAttention),
      ),
  );
}

function parseDtype(name: string): WeightDtype {
  const dtype = weightDtypes.find((known) => known === name);
  if (dtype !== undefined) return dtype;
  throw new UsageError(`--dtype expected ${weightDtypes.join(', ')}, got ${JSON.stringify(name)}`);
}

function parseDiscretization(rule: string): Discretization {
  if (rule === 'mamba' || rule === 'zoh') return rule;
  throw new UsageError(`--discretization expected mamba or zoh, got ${JSON.stringify(rule)}`);
}

function parseAttention(method: string): AttentionMethod {
  if (method === 'eager' || method === 'flash') return method;
  throw new UsageError(`--attention expected eager or flash, got ${JSON.stringify(method)}`);
}

/** Once the whole command line is understood, and before any work. */
function expectFittingOptions({ backend, dtype, threads, attention }: ModelFlags): void {
  if (attention !== undefined && backend !== 'wasm' && backend !== 'reference') {
    throw new UsageError(
      `--attention expected none with --backend ${backend}, which runs Mamba only, got ${attention}`,
    );
  }
  if (dtype !== undefined && backend === 'reference') {
    throw new UsageError(`--dtype expected none with --backend reference (f64), got ${dtype}`);
  }
  if (threads !== undefined && backend !== 'wasm') {
    throw new UsageError(`--threads expected none with --backend ${backend}, got ${threads}`);
  }
}

/** @throws Error with one line when the folder is missing or holds no usable model */
export async function openModel(flags: ModelFlags, signal?: AbortSignal): Promise<OpenedModel> {
  const { model: spec, backend, dtype, threads, discretization, attention } = flags;
  const onConfig = configCheck(spec, { backend, dtype });
  const found = spec === undefined ? undefined : await findModel(spec, signal, { onConfig });
  const progress = createProgress('load', 'numbers');
  try {
    const onEstimate =
      spec === undefined ? undefined : (estimate: LoadEstimate) => writeNote(estimateText(spec, estimate));
    const options = { dtype, discretization, signal, onProgress: progress.update };
    if (isBrowserBackend(backend)) return (await openBrowserModel(backend, { found }, options)).model;
    const loaded = await loadHere(found, { backend, threads, attention, ...options, onEstimate });
    progress.clear();
    if (threads !== undefined && threads > availableParallelism()) {
      writeNote(
        `${threads} threads on a machine that runs ${availableParallelism()} at once: they will wait for each other`,
      );
    }
    return loaded;
  } finally {
    progress.clear();
  }
}
