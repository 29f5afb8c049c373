/**
 * `mamba-ts/engine`: load a model, generate, score, keep its state.
 *
 *   const model = await load();
 *   for await (const piece of model.generate('ROMEO:')) process.stdout.write(piece.text);
 *   model.dispose();
 */
import { fileURLToPath } from 'node:url';
import { fingerprintOfFile } from '../checkpoint/fingerprint.ts';
import { loadWeights } from '../checkpoint/load-weights.ts';
import { loadGptNeoWeights } from '../checkpoint/load-weights-gpt-neo.ts';
import type { CheckpointFolder, OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { openFolder } from '../checkpoint/open-folder.node.ts';
import { fileWeights } from '../checkpoint/weight-source.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import { isGptNeoConfig } from '../engine/architecture.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { createEngineModel } from '../engine/engine-model.ts';
import type { AttentionOptions } from '../engine/gpt-neo-architecture.ts';
import type { LoadEstimate } from '../engine/load-estimate.ts';
import { weightDtypes } from '../engine/resident-bytes.ts';
import { createReferenceGptNeo } from '../generation/reference-gpt-neo.ts';
import { createReferenceModel } from '../generation/reference-model.ts';
import type { HubOptions } from '../hub/index.node.ts';
import { packageRoot } from '../package-root.ts';
import { attentionFlash } from '../reference/attention-flash.ts';
import { expectSize } from '../reference/shapes.ts';
import type { Discretization } from '../reference/types.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { BuildName } from '../wasm/builds.ts';
import { buildNames } from '../wasm/builds.ts';
import { expectLoadable } from './expect-loadable.node.ts';
import { findModel, folderOptions } from './find-model.node.ts';
import { expectFittingTokenizer } from './fitting-tokenizer.ts';
import { freeMemory } from './free-memory.node.ts';
import { LoadedModel } from './loaded-model.ts';
import { expectRoomForReference } from './reference-room.ts';
import { openWasmEngine } from './wasm-engine.node.ts';

/** `attention` and `positions` are a Transformer's, `discretization` is Mamba's. */
export interface LoadModelOptions extends OpenFolderOptions, AttentionOptions {
  /** Default `wasm`; `reference` is float64, slow and right. */
  readonly backend?: 'wasm' | 'reference' | undefined;
  /** In which numbers the weights are held; default: the first of f32, bf16, q8_0 that fits 60 % of the free memory. */
  readonly dtype?: WeightDtype | undefined;
  /** Default: as many as can run at once. */
  readonly threads?: number | undefined;
  /** Sequences side by side, each with a state of its own, for {@link LoadedModel.engine}. Default 1. */
  readonly sequences?: number | undefined;
  /** For measurements: a build by name instead of the fastest. */
  readonly build?: BuildName | undefined;
  /** An experiment: B̄ by another rule than the model was trained with. */
  readonly discretization?: Discretization | undefined;
  /** How a model that is not here is pulled: where the cache is, who watches. */
  readonly hub?: Omit<HubOptions, 'signal'> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What it will take, before anything is read; not on the reference backend. */
  readonly onEstimate?: ((estimate: LoadEstimate) => void) | undefined;
  /** Numbers loaded so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const embeddedModel = new URL('models/tiny-shakespeare/', packageRoot);

/**
 * Loads a model from a folder, from the hub, or the embedded one.
 * @param spec a folder with config.json, weights in any of the formats and tokenizer.json; a file of GGUF; or ORG/NAME or
 * ORG/NAME@REVISION, which is pulled into the cache if it is not there
 * @throws NoModelError when there is nothing of that name, HubError when the hub's model cannot be had, CheckpointError when the folder holds no usable model, OutOfMemoryError when the machine has no room (said
 * before anything is read), UnsupportedError when the backend cannot run here
 */
export async function load(spec?: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  checkOptions(options);
  const folder = await findFolder(spec, options);
  const config = configOf(folder, options);
  const tokenizer = createTokenizer(folder.tokenizerJson, `tokenizer.json of ${folder.name}`);
  expectFittingTokenizer(tokenizer, folder);
  const opened = await openModel(config, folder, options);
  const { name, bosTokenId, eosTokenIds } = folder;
  return new LoadedModel({ name, config, tokenizer, bosTokenId, eosTokenIds, ...opened });
}

async function findFolder(spec: string | undefined, options: LoadModelOptions): Promise<CheckpointFolder> {
  const { hub, signal, name, fallbackTokenizer, backend = 'wasm' } = options;
  if (spec === undefined) return openFolder(fileURLToPath(embeddedModel), options);
  if (fallbackTokenizer !== undefined) return openFolder(spec, options);
  const onConfig = (text: string) => {
    hub?.onConfig?.(text);
    expectLoadable(text, `config.json of ${spec}`, { ...options, backend });
  };
  const found = await findModel(spec, { ...hub, signal, onConfig });
  return openFolder(found.path, { ...folderOptions(found), ...(name !== undefined && { name }) });
}

/** @throws RangeError for an option of the other kind of model */
function configOf({ config, modelType }: CheckpointFolder, options: LoadModelOptions): ModelConfig {
  const { discretization, attention, positions } = options;
  const gptNeo = modelType === 'gpt_neo';
  for (const [name, value] of Object.entries(gptNeo ? { discretization } : { attention, positions })) {
    if (value === undefined) continue;
    throw new RangeError(
      `"${name}" expected nothing with a ${gptNeo ? 'GPT-Neo' : 'Mamba'}, got ${JSON.stringify(value)}`,
    );
  }
  return discretization === undefined ? config : ({ ...config, discretization } as ModelConfig);
}

/** Callers in JavaScript have no types to stop them. */
function checkOptions(options: LoadModelOptions): void {
  const { backend = 'wasm', dtype, discretization, threads, build, sequences = 1 } = options;
  const oneOf = (name: string, value: string | undefined, known: readonly string[]) => {
    if (value === undefined || known.includes(value)) return;
    throw new RangeError(`"${name}" expected ${known.join(', ')}, got ${JSON.stringify(value)}`);
  };
  oneOf('backend', backend, ['wasm', 'reference']);
  oneOf('dtype', dtype, weightDtypes);
  oneOf('discretization', discretization, ['mamba', 'zoh']);
  oneOf('build', build, buildNames);
  oneOf('attention', options.attention, ['eager', 'flash']);
  expectSize('sequences', sequences, 1);
  if (backend !== 'reference') return;
  const { positions } = options;
  const absent = { dtype, threads, build, positions, sequences: sequences === 1 ? undefined : sequences };
  for (const [name, value] of Object.entries(absent)) {
    if (value === undefined) continue;
    throw new RangeError(`"${name}" expected nothing with the reference backend, got ${JSON.stringify(value)}`);
  }
}

async function openModel(config: ModelConfig, folder: CheckpointFolder, options: LoadModelOptions) {
  if (options.backend === 'reference') {
    expectRoomForReference(config, freeMemory());
    const attend = options.attention === 'flash' ? attentionFlash : undefined;
    return folder.withWeights(async (file) => {
      const model = isGptNeoConfig(config)
        ? createReferenceGptNeo(config, await loadGptNeoWeights(file, config), attend)
        : createReferenceModel(config, await loadWeights(file, config));
      return { model, engine: undefined, fingerprint: await fingerprintOfFile(file, config), dispose: () => {} };
    });
  }
  const engine = await folder.withWeights(async (file) =>
    openWasmEngine(config, () => fileWeights(file, config), { ...options, freeBytes: freeMemory() }),
  );
  const { fingerprint } = engine;
  return { model: createEngineModel(engine), engine, fingerprint, dispose: () => engine.dispose() };
}
