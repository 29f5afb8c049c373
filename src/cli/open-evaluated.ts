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
import { mostTokens, namedShape } from '../evaluate/model-shape.ts';
import { methodOf } from '../evaluate/script-lines.ts';
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
  if (random !== undefined) return openRandom(backend, asBlogRan(shape, flags), flags, watch);
  if (shape.kind === 'gpt-neo')
    throw new UnsupportedError('GPT-Neo runs with --random only yet, not from a checkpoint');
  return openMamba(backend, flags, watch);
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
  const parts = { shape: { kind: 'mamba', config } as const, tokenizer, dispose: () => loaded.dispose() };
  return engine === undefined ? evaluatedLanguageModel(model, parts) : evaluatedEngine(engine, parts);
}

async function openRandom(
  backend: HereBackend,
  shape: ModelShape,
  flags: ScriptFlags,
  watch: OpenWatch,
): Promise<EvaluatedModel> {
  const { dtype, threads, promptlen, genlen } = flags;
  expectContext({ mostTokens: mostTokens(shape) }, promptlen, genlen);
  const source = async () => randomWeights(shape.config);
  const options = { dtype, sequences: sequencesOf(flags), ...watch };
  const engine = await (backend === 'headlessgl'
    ? openGpuEngine(backend, mambaOnly(shape, backend), source, options)
    : openWasmEngine(shape.config, source, {
        ...{ ...options, threads, freeBytes: availableMemory(), attention: methodOf(flags.attn_implementation) },
        positions: shape.kind === 'mamba' ? undefined : promptlen + genlen,
      }));
  return evaluatedEngine(engine, { shape, dispose: () => engine.dispose() });
}

/** @throws UnsupportedError for a Transformer */
function mambaOnly({ kind, config }: ModelShape, backend: string): MambaConfig {
  if (kind === 'mamba') return config;
  throw new UnsupportedError(`GPT-Neo runs on wasm, not on ${backend}`);
}

/** The shape that the blog most likely ran with flash_attention_2: every layer sees all tokens. */
function asBlogRan(shape: ModelShape, { as, attn_implementation }: ScriptFlags): ModelShape {
  if (shape.kind === 'mamba' || as !== 'blog' || attn_implementation !== 'flash_attention_2') return shape;
  return { ...shape, config: { ...shape.config, attentionKinds: shape.config.attentionKinds.map(() => 'global') } };
}
