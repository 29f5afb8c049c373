/**
 * The model that `evaluate` measures, of either kind, on the backends of this process.
 */
import { openGpuEngine } from '../api/open-gpu.ts';
import { openWasmEngine } from '../api/wasm-engine.node.ts';
import { UnsupportedError } from '../engine/errors.ts';
import { randomWeights } from '../engine/random-weights.ts';
import type { EvaluatedModel } from '../evaluate/evaluated-model.ts';
import { evaluatedEngine, evaluatedLanguageModel } from '../evaluate/evaluated-model.ts';
import { expectContext } from '../evaluate/evaluation.ts';
import type { ModelShape } from '../evaluate/model-shape.ts';
import { mostTokens, namedShape, shapeOfConfig } from '../evaluate/model-shape.ts';
import { methodOf } from '../evaluate/script-lines.ts';
import type { HereBackend } from './backends.ts';
import { expectEvaluable } from './evaluate-backend.ts';
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
  const { random, modelName } = flags;
  // The config first: it says which kind this is, and whoever is refused has not loaded any weights.
  const { shape } =
    random === undefined ? await findShape(modelName, watch.signal, '--model-name') : { shape: namedShape(random)! };
  const backend = expectEvaluable(shape, flags.backend, evaluatedName(flags));
  if (flags.prompt === undefined) expectContext({ mostTokens: mostTokens(shape) }, flags.promptlen, flags.genlen);
  if (random === undefined) return openCheckpoint(backend, shape, flags, watch);
  return openRandom(backend, asBlogRan(shape, flags), flags, watch);
}

/** Texts side by side: a prompt is one, as in the script. */
function sequencesOf({ prompt, batch }: ScriptFlags): number {
  return prompt === undefined ? batch : 1;
}

async function openCheckpoint(
  backend: HereBackend,
  shape: ModelShape,
  flags: ScriptFlags,
  watch: OpenWatch,
): Promise<EvaluatedModel> {
  const { dtype, threads, as, attn_implementation: attention } = flags;
  if (as === 'blog' && asBlogRan(shape, flags) !== shape) {
    throw new UnsupportedError(`--as blog with ${attention} runs on random weights, not on a checkpoint`);
  }
  const found = await findModel(flags.modelName, watch.signal, { what: '--model-name' });
  const options = { backend, dtype, threads, sequences: sequencesOf(flags), ...transformerOptions(shape, flags) };
  const loaded = await loadHere(found, { ...options, ...watch });
  const { tokenizer, engine, model, eosTokenIds } = loaded;
  const parts = { shape: shapeOfConfig(loaded.config), tokenizer, eosTokenIds, dispose: () => loaded.dispose() };
  return engine === undefined ? evaluatedLanguageModel(model, parts) : evaluatedEngine(engine, parts);
}

/**
 * A KV cache has room for what is measured; for a prompt, whose tokens nobody has counted yet, for the longest text. The
 * reference's grows with the text.
 */
function transformerOptions({ kind }: ModelShape, flags: ScriptFlags) {
  const { attn_implementation, backend, prompt, promptlen, genlen } = flags;
  if (kind === 'mamba') return {};
  const positions = prompt === undefined && backend !== 'reference' ? promptlen + genlen : undefined;
  return { attention: methodOf(attn_implementation), positions };
}

async function openRandom(
  backend: HereBackend,
  shape: ModelShape,
  flags: ScriptFlags,
  watch: OpenWatch,
): Promise<EvaluatedModel> {
  const { dtype, threads } = flags;
  const source = async () => randomWeights(shape.config);
  const options = { dtype, sequences: sequencesOf(flags), ...watch };
  const wasm = { ...options, threads, freeBytes: availableMemory() };
  const engine = await (backend === 'headlessgl' && shape.kind === 'mamba'
    ? openGpuEngine(backend, shape.config, source, options)
    : openWasmEngine(shape.config, source, { ...wasm, ...transformerOptions(shape, flags) }));
  return evaluatedEngine(engine, { shape, dispose: () => engine.dispose() });
}

/** The shape that the blog most likely ran with flash_attention_2: every layer sees all tokens. */
function asBlogRan(shape: ModelShape, { as, attn_implementation }: ScriptFlags): ModelShape {
  if (shape.kind === 'mamba' || as !== 'blog' || attn_implementation !== 'flash_attention_2') return shape;
  return { ...shape, config: { ...shape.config, attentionKinds: shape.config.attentionKinds.map(() => 'global') } };
}
