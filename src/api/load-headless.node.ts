/**
 * A model on `headlessgl`: GPU.js in this process, through the packages gpu.js and gl. Mostly that renders on the CPU.
 */
import type { OpenFolderOptions } from '../checkpoint/open-folder.node.ts';
import { openFolder } from '../checkpoint/open-folder.node.ts';
import { fileWeights } from '../checkpoint/weight-source.ts';
import { createEngineModel } from '../engine/engine-model.ts';
import type { Discretization } from '../reference/types.ts';
import { createTokenizer } from '../tokenizer.ts';
import { expectFittingTokenizer } from './fitting-tokenizer.ts';
import { LoadedModel } from './loaded-model.ts';
import { expectMambaOnGpu } from './mamba-on-gpu.ts';
import type { GpuEngineOptions } from './open-gpu.ts';
import { openGpuEngine } from './open-gpu.ts';

export interface HeadlessOptions extends GpuEngineOptions, OpenFolderOptions {
  /** An experiment: B̄ by another rule than the model was trained with. */
  readonly discretization?: Discretization | undefined;
}

/**
 * @param path a folder with config.json, weights in any of the formats and tokenizer.json, or a file of GGUF
 * @throws CheckpointError when the folder holds no usable model, UnsupportedError when a package or an ability is missing
 */
export async function loadHeadless(path: string, options: HeadlessOptions = {}): Promise<LoadedModel> {
  const folder = expectMambaOnGpu(await openFolder(path, options), 'headlessgl', path);
  const { name, bosTokenId, eosTokenIds, tokenizerJson } = folder;
  const { discretization } = options;
  const config = discretization === undefined ? folder.config : { ...folder.config, discretization };
  const tokenizer = createTokenizer(tokenizerJson, `tokenizer.json of ${name}`);
  expectFittingTokenizer(tokenizer, folder);
  const engine = await folder.withWeights((file) =>
    openGpuEngine('headlessgl', config, () => fileWeights(file, config), options),
  );
  const parts = { name, config, tokenizer, bosTokenId, eosTokenIds, engine, fingerprint: engine.fingerprint };
  return new LoadedModel({ ...parts, model: createEngineModel(engine), dispose: () => engine.dispose() });
}
