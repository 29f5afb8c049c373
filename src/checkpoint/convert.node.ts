/**
 * A checkpoint of any format as a folder in Hugging Face layout, which transformers loads: config.json,
 * model.safetensors, tokenizer.json.
 */
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeFolders } from '../disk/make-folder.node.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { ModelType } from './config.ts';
import { expectMamba } from './config.ts';
import { lockFolder, partialPath } from './convert-lock.node.ts';
import type { WritableDtype } from './encode-floats.ts';
import type { CheckpointFolder, OpenFolderOptions } from './open-folder.node.ts';
import { openFolder } from './open-folder.node.ts';
import { isGgufName, weightFiles } from './open-weights.ts';
import { fileWeights } from './weight-source.ts';
import { huggingFaceConfigText } from './write-config.ts';
import type { WriteWatch } from './write-model.node.ts';
import { writeModel } from './write-model.node.ts';

export interface ConvertOptions extends OpenFolderOptions, WriteWatch {
  /** Of the matrices; everything else is written in float32. Default f32. */
  readonly dtype?: 'f32' | 'bf16' | 'f16' | undefined;
}

const dtypes: Readonly<Record<string, WritableDtype>> = { f32: 'F32', bf16: 'BF16', f16: 'F16' };

/**
 * Converts. Files get their names when all are written, config.json last; an interrupted run leaves none of them.
 * @param input a folder or a file of GGUF
 * @param output a folder without a model in it; made if it is not there
 * @throws CheckpointError (as a rejection) when the input is no model, or the output has one, is being written by another
 * process or cannot be written
 * Rounding: to the dtype, to nearest even. From GGUF A_log is log(−A) in float32: see decay.ts for what that gives back.
 */
export async function convertModel(input: string, output: string, options: ConvertOptions = {}): Promise<void> {
  const dtype = dtypes[options.dtype ?? 'f32'];
  if (dtype === undefined)
    throw new RangeError(`"dtype" expected f32, bf16 or f16, got ${JSON.stringify(options.dtype)}`);
  if (output === '') throw new RangeError('"output" expected a folder to write, got ""');
  const folder = expectMamba(await openFolder(input, options), input, 'is converted');
  const made = await makeFolder(output).catch((cause: unknown) => Promise.reject(readable(output, cause)));
  try {
    expectNoModel(output, await readdir(output)); // before anything is written there
    await writeLocked(folder, output, dtype, options);
  } catch (error) {
    await removeFolders(made);
    throw readable(output, error);
  }
}

/** In the order in which they get their names. */
const names = ['tokenizer.json', 'model.safetensors', 'config.json'];

async function writeLocked(
  folder: Extract<CheckpointFolder, { readonly modelType: ModelType }>,
  output: string,
  dtype: WritableDtype,
  watch: WriteWatch,
): Promise<void> {
  const lock = await lockFolder(output);
  const partial = (name: string) => partialPath(output, name);
  try {
    expectNoModel(output, await readdir(output)); // one may have been finished before the lock was ours
    await writeFile(partial('tokenizer.json'), folder.tokenizerJson);
    await writeFile(partial('config.json'), huggingFaceConfigText(folder, dtype));
    await folder.withWeights(async (file) => {
      const source = await fileWeights(file, folder.config);
      await writeModel(partial('model.safetensors'), folder.config, source, dtype, watch);
    });
    await lock.expectHeld();
    for (const name of names) await rename(partial(name), join(output, name));
  } finally {
    for (const name of names) await rm(partial(name), { force: true });
    await lock.release();
  }
}

function expectNoModel(output: string, files: readonly string[]): void {
  const parts = ['config.json', 'tokenizer.json', ...weightFiles];
  const found = parts.find((name) => files.includes(name)) ?? files.find(isGgufName);
  if (found === undefined) return;
  const problem = `expected a folder without a model, got one with ${found}; name another, or remove it first`;
  throw new CheckpointError({ file: output }, problem);
}

/** The system's refusals in one line; everything else as it is. */
function readable(file: string, cause: unknown): unknown {
  const { code, syscall } = cause as { code?: string; syscall?: string };
  if (syscall === undefined) return cause;
  const problem = code === 'EEXIST' ? 'expected a folder, got something else' : `cannot be written (${code})`;
  return new CheckpointError({ file, cause }, problem);
}
