/**
 * A checkpoint of any format as a folder in Hugging Face layout, which transformers loads: config.json,
 * model.safetensors, tokenizer.json.
 */
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeFolders } from '../disk/make-folder.node.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { WritableDtype } from './encode-floats.ts';
import type { OpenFolderOptions } from './open-folder.node.ts';
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
 * @throws CheckpointError (as a rejection) when the input is no model, or the output has one or cannot be written
 * Rounding: to the dtype, to nearest even. From GGUF A_log is log(−A) in float32: see decay.ts for what that gives back.
 */
export async function convertModel(input: string, output: string, options: ConvertOptions = {}): Promise<void> {
  const dtype = dtypes[options.dtype ?? 'f32'];
  if (dtype === undefined)
    throw new RangeError(`"dtype" expected f32, bf16 or f16, got ${JSON.stringify(options.dtype)}`);
  const folder = await openFolder(input, options);
  const made = await prepareFolder(output);
  const partial = (name: string) => join(output, `${name}.${process.pid}.partial`);
  const names = ['tokenizer.json', 'model.safetensors', 'config.json'];
  try {
    await writeFile(partial('tokenizer.json'), folder.tokenizerJson);
    await writeFile(partial('config.json'), huggingFaceConfigText(folder, dtype));
    await folder.withWeights(async (file) => {
      const source = await fileWeights(file, folder.config);
      await writeModel(partial('model.safetensors'), folder.config, source, dtype, options);
    });
    for (const name of names) await rename(partial(name), join(output, name));
  } catch (error) {
    for (const name of names) await rm(partial(name), { force: true });
    await removeFolders(made);
    throw readable(output, error);
  }
}

/** @returns the folders that were made. @throws CheckpointError (as a rejection) when it has a model, or cannot be made */
async function prepareFolder(output: string): Promise<readonly string[]> {
  try {
    const made = await makeFolder(output);
    expectNoModel(output, await readdir(output));
    return made;
  } catch (cause) {
    throw readable(output, cause);
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
  return syscall === undefined ? cause : new CheckpointError({ file, cause }, `cannot be written (${code})`);
}
