/**
 * The model that `evaluate` measures, of either kind, on the backends of this process.
 */
import { openGpuEngine } from '../api/open-gpu.ts';
import { openWasmEngine } from '../api/wasm-engine.node.ts';
import { UnsupportedError } from '../engine/errors.ts';
import { randomWeights } from '../engine/random-weights.ts';
import type { EvaluatedModel } from '../evaluate/evaluated-model.ts';
import { evaluatedEngine, evaluatedLanguageModel } from '../evaluate/evaluated-model.ts';
import type { GptNeoShape } from '../evaluate/model-shape.ts';
import { namedShape } from '../evaluate/model-shape.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { HereBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';
import type { ScriptFlags } from './evaluate-options.ts';
import { findModel } from './find-model.ts';
import { findShape } from './find-shape.ts';
import { loadHere } from './load-here.ts';
import { availableMemory } from './machine-memory.ts';

export interface OpenWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** What the script's first line calls the model. */
export function evaluatedName({ modelName, random }: Pick<ScriptFlags, 'modelName' | 'random'>): string {
  return random === undefined ? modelName : `random ${random}`;
}

/**
 * @throws UnsupportedError for what does not run here, OutOfMemoryError before anything is read, and whatever finding the
 * model throws
 */
export async function openEvaluated(flags: ScriptFlags, watch: OpenWatch): Promise<EvaluatedModel> {
  const { backend, random, modelName } = flags;
  if (isBrowserBackend(backend)) {
    throw new UnsupportedError(
      `evaluate runs on wasm, reference and headlessgl, not on ${backend}: bench times that one`,
    );
  }
  // The config first: it says which kind this is, and whoever is refused has not loaded any weights.
  const { shape } =
    random === undefined ? await findShape(modelName, watch.signal, '--model-name') : { shape: namedShape(random)! };
  if (shape.kind === 'gpt-neo') return openGptNeo(shape);
  return random === undefined ? openMamba(backend, flags, watch) : openRandom(backend, shape.config, flags, watch);
}

/** Texts side by side: a prompt is one, as in the script. */
function sequencesOf({ prompt, batch }: ScriptFlags): number {
  return prompt === undefined ? batch : 1;
}

async function openMamba(backend: HereBackend, flags: ScriptFlags, watch: OpenWatch): Promise<EvaluatedModel> {
  const { dtype, threads } = flags;
  const found = await findModel(flags.modelName, watch.signal, '--model-name');
  const loaded = await loadHere(found, { backend, dtype, threads, sequences: sequencesOf(flags), ...watch });
  const { config, tokenizer, engine, model } = loaded;
  const parts = { config, tokenizer, dispose: () => loaded.dispose() };
  return engine === undefined ? evaluatedLanguageModel(model, parts) : evaluatedEngine(engine, parts);
}

async function openRandom(
  backend: HereBackend,
  config: MambaConfig,
  flags: ScriptFlags,
  watch: OpenWatch,
): Promise<EvaluatedModel> {
  const { dtype, threads } = flags;
  const source = async () => randomWeights(config);
  const options = { dtype, sequences: sequencesOf(flags), ...watch };
  const engine = await (backend === 'headlessgl'
    ? openGpuEngine(backend, config, source, options)
    : openWasmEngine(config, source, { ...options, threads, freeBytes: availableMemory() }));
  return evaluatedEngine(engine, { config, dispose: () => engine.dispose() });
}

async function openGptNeo(_: GptNeoShape): Promise<EvaluatedModel> {
  throw new UnsupportedError('GPT-Neo does not run here yet: only estimate knows it');
}
