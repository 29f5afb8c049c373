/**
 * A folder of a checkpoint (config.json, model.safetensors, tokenizer.json): everything but the weights is read at once,
 * the weights when somebody asks for them.
 */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { CheckpointConfig } from './config.ts';
import { parseConfig } from './config.ts';
import type { FileSource } from './file-source.node.ts';
import { openFileSource } from './file-source.node.ts';
import type { Safetensors } from './safetensors.ts';
import { openSafetensors } from './safetensors.ts';

export interface CheckpointFolder extends CheckpointConfig {
  /** The folder's own name, for people. */
  readonly name: string;
  readonly path: string;
  /** The text of tokenizer.json, not looked into. */
  readonly tokenizerJson: string;
  /** Opens the weights, uses them, closes them whatever happens. */
  withWeights<T>(use: (file: Safetensors) => Promise<T>): Promise<T>;
}

/** What a folder may hold instead of model.safetensors. */
const formatsToCome: readonly (readonly [name: RegExp, what: string])[] = [
  [/\.safetensors\.index\.json$/, 'sharded safetensors'],
  [/^pytorch_model.*\.bin/, 'PyTorch files'],
  [/\.gguf$/, 'GGUF files'],
];

/**
 * Opens a folder.
 * @throws CheckpointError (as a rejection) with one line: the folder or a file in it is missing, not supported yet, or
 * not what it should be
 */
export async function openFolder(path: string): Promise<CheckpointFolder> {
  const files = await listFolder(path);
  if (!files.includes('model.safetensors')) refuseOtherFormat(path, files);
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
    if (!files.includes(name)) throw new CheckpointError({ file: path }, `expected ${wanted}, got no ${name}`);
  }

  const configPath = join(path, 'config.json');
  const parsed = parseConfig(await withFile(configPath, readText), configPath);
  const tokenizerJson = await withFile(join(path, 'tokenizer.json'), readText);
  return {
    ...parsed,
    ...{ name: basename(resolve(path)), path, tokenizerJson },
    withWeights: (use) =>
      withFile(join(path, 'model.safetensors'), async (source) => use(await openSafetensors(source))),
  };
}

const wanted = 'a folder with config.json, model.safetensors and tokenizer.json';

async function listFolder(path: string): Promise<readonly string[]> {
  return readdir(path).catch((cause: unknown) => {
    const { code } = cause as { code?: string };
    const got = code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : `an error (${code})`;
    throw new CheckpointError({ file: path, cause }, `expected ${wanted}, got ${got}`);
  });
}

/** Says so when the model is there in a format that cannot be read yet. */
function refuseOtherFormat(path: string, files: readonly string[]): void {
  for (const [pattern, what] of formatsToCome) {
    const found = files.find((name) => pattern.test(name));
    if (found === undefined) continue;
    const problem = `expected model.safetensors, got ${found}; ${what} are not supported yet`;
    throw new CheckpointError({ file: path }, problem);
  }
}

/** Opens a file, uses it, closes it whatever happens. */
async function withFile<T>(path: string, use: (source: FileSource) => Promise<T>): Promise<T> {
  const source = await openFileSource(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function readText(source: ByteSource): Promise<string> {
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError({ file: source.name, cause }, 'expected text in UTF-8, got bytes that are not');
  }
}
