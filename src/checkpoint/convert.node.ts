/**
 * A checkpoint of any format as a folder in Hugging Face layout, which transformers loads: config.json,
 * model.safetensors, tokenizer.json.
 */
import { access, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';
import { expectMamba } from './config.ts';
import type { WritableDtype } from './encode-floats.ts';
import type { OpenFolderOptions } from './open-folder.node.ts';
import { openFolder } from './open-folder.node.ts';
import { chooseWeights } from './open-weights.ts';
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
  const folder = expectMamba(await openFolder(input, options), input, 'is converted');
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
    if (made) await rmdir(output).catch(() => {}); // not empty: somebody else's
    throw readable(output, error);
  }
}

/** @returns whether the folder was made. @throws CheckpointError (as a rejection) when it has a model, or cannot be made */
async function prepareFolder(output: string): Promise<boolean> {
  const there = await access(output).then(
    () => true,
    () => false,
  );
  if (!there)
    await mkdir(output, { recursive: true }).catch((cause: unknown) => Promise.reject(readable(output, cause)));
  const files = await readdir(output).catch((cause: unknown) => Promise.reject(readable(output, cause)));
  const found = ['config.json', 'tokenizer.json', chooseWeights(output, files)].find(
    (name) => name !== undefined && files.includes(name),
  );
  if (found === undefined) return !there;
  const problem = `expected a folder without a model, got one with ${found}; name another, or remove it first`;
  throw new CheckpointError({ file: output }, problem);
}

/** The system's refusals in one line; everything else as it is. */
function readable(file: string, cause: unknown): unknown {
  const { code, syscall } = cause as { code?: string; syscall?: string };
  return syscall === undefined ? cause : new CheckpointError({ file, cause }, `cannot be written (${code})`);
}
