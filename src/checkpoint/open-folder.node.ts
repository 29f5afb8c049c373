/**
 * A folder of a checkpoint (config.json, weights in any of the formats, tokenizer.json), or a file of GGUF: everything but
 * the weights is read at once, the weights when somebody asks for them.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';
import type { ModelCheckpointConfig } from './config.ts';
import { parseModelConfig } from './config.ts';
import { ggufConfig } from './config-gguf.ts';
import type { FileSource } from './file-source.node.ts';
import { openFileSource } from './file-source.node.ts';
import { openGguf } from './gguf.ts';
import { ggufTokenizerJson } from './gguf-tokenizer.ts';
import { chooseWeights, isGgufName, openWeights, weightFilesText } from './open-weights.ts';
import { readSourceText } from './source-text.ts';
import type { TensorFile } from './tensor-file.ts';

/** What kind of model it is: `modelType`. */
export type CheckpointFolder = ModelCheckpointConfig & FolderParts;

export interface FolderParts {
  /** The folder's own name, or the file's, for people. */
  readonly name: string;
  /** The folder's. */
  readonly path: string;
  /** The name of the file in it that has the weights, or lists the files that do. */
  readonly weightsFile: string;
  /** The text of tokenizer.json, not looked into. */
  readonly tokenizerJson: string;
  /** Opens the weights, uses them, closes them whatever happens. */
  withWeights<T>(use: (file: TensorFile) => Promise<T>): Promise<T>;
}

export interface OpenFolderOptions {
  /** For people; default: the last part of the path. */
  readonly name?: string | undefined;
  /** The text of a tokenizer.json from elsewhere, asked for where the folder has none (state-spaces' have none). */
  readonly fallbackTokenizer?: (() => Promise<string>) | undefined;
}

/**
 * Opens a folder, or the folder of a file of GGUF.
 * @throws CheckpointError (as a rejection) with one line: the folder or a file in it is missing or not what it should be
 */
export async function openFolder(path: string, options: OpenFolderOptions = {}): Promise<CheckpointFolder> {
  const single = isGgufName(path) && !(await stat(path).catch(() => undefined))?.isDirectory();
  const folder = single ? dirname(path) : path;
  const files = await listFolder(path, folder);
  const weightsFile = single ? basename(path) : chooseWeights(path, files);
  if (weightsFile === undefined || !files.includes(weightsFile)) throw absent(path, weightsFile ?? weightFilesText);
  if (!files.includes('config.json') && !isGgufName(weightsFile)) throw absent(path, 'config.json');
  const noTokenizer = !files.includes('tokenizer.json') && options.fallbackTokenizer === undefined;
  if (noTokenizer && !isGgufName(weightsFile)) throw absent(path, 'tokenizer.json');
  const parsed = await readConfig(folder, files, weightsFile);
  const tokenizerJson = await readTokenizer(folder, files, weightsFile, options);
  if (tokenizerJson === undefined) throw absent(path, 'tokenizer.json', besideGguf);
  return {
    ...parsed,
    ...{ name: options.name ?? basename(resolve(path)), path: folder, weightsFile, tokenizerJson },
    withWeights: (use) => withFiles(folder, async (open) => use(await openWeights(weightsFile, open))),
  };
}

const wanted = 'a folder with config.json, weights and tokenizer.json';

const besideGguf = "put the model's own beside the .gguf file, whose metadata has none of GPT-2's kind";

function absent(path: string, name: string, remedy = 'download the missing file too'): CheckpointError {
  return new CheckpointError({ file: path }, `expected ${wanted}, got no ${name}; ${remedy}`);
}

async function listFolder(path: string, folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((cause: unknown) => {
    const { code } = cause as { code?: string };
    const got = code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : `an error (${code})`;
    throw new CheckpointError({ file: path, cause }, `expected ${wanted}, got ${got}`);
  });
}

/** From config.json; where there is none, from the metadata of a file of GGUF. */
async function readConfig(
  folder: string,
  files: readonly string[],
  weightsFile: string,
): Promise<ModelCheckpointConfig> {
  return withFiles(folder, async (open) => {
    if (files.includes('config.json')) {
      return parseModelConfig(await readSourceText(await open('config.json')), join(folder, 'config.json'));
    }
    return ggufConfig(await openGguf(await open(weightsFile)));
  });
}

/** The folder's own, that of a file of GGUF, or one from elsewhere. */
async function readTokenizer(
  folder: string,
  files: readonly string[],
  weightsFile: string,
  { fallbackTokenizer }: OpenFolderOptions,
): Promise<string | undefined> {
  return withFiles(folder, async (open) => {
    if (files.includes('tokenizer.json')) return readSourceText(await open('tokenizer.json'));
    const own = isGgufName(weightsFile) ? await ggufTokenizerJson(await open(weightsFile)) : undefined;
    return own ?? fallbackTokenizer?.();
  });
}

/** Opens files of a folder by their names, uses them, closes them all whatever happens. */
async function withFiles<T>(
  folder: string,
  use: (open: (name: string) => Promise<FileSource>) => Promise<T>,
): Promise<T> {
  const opened: FileSource[] = [];
  try {
    return await use(async (name) => {
      const source = await openFileSource(join(folder, name));
      opened.push(source);
      return source;
    });
  } finally {
    for (const source of opened) await source.close();
  }
}
