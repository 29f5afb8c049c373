/**
 * `mamba-ts models convert`: what it says of its arguments and of the numbers it writes.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyFolder } from '../hub/fake-models.ts';
import { runHere } from './run-cli.ts';

const embedded = fileURLToPath(new URL('../../models/tiny-shakespeare/', import.meta.url));
let root: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ path: root, remove } = await emptyFolder());
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

/** The embedded model with these bytes in the place of its first number. */
async function spoilt(bytes: readonly number[]): Promise<string> {
  const folder = join(root, 'spoilt');
  await mkdir(folder);
  for (const name of ['config.json', 'tokenizer.json']) await copyFile(join(embedded, name), join(folder, name));
  const file = await readFile(join(embedded, 'model.safetensors'));
  const data = 8 + Number(file.readBigUInt64LE(0));
  file.set(bytes, data);
  await writeFile(join(folder, 'model.safetensors'), file);
  return folder;
}

describe('mamba-ts models convert', () => {
  it('prints the folder and nothing else', async () => {
    const output = join(root, 'out');
    const converted = await runHere(['models', 'convert', embedded, output]);
    expect(converted).toEqual({ code: 0, stdout: `${output}\n`, stderr: '' });
    expect((await readdir(output)).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  });

  it('of a model with NaN says so, names a tensor, and writes it all the same', async () => {
    const output = join(root, 'out');
    const { code, stdout, stderr } = await runHere([
      ...['models', 'convert', await spoilt([0xff, 0xff, 0xff, 0xff]), output],
    ]);
    expect([code, stdout]).toEqual([0, `${output}\n`]);
    expect(stderr).toMatch(/^tensor "[\w.]+" holds NaN, and perhaps others do too; they are written as they are\n$/);
  });

  it.each([
    ['gpt2', '<model> expected a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "gpt2"'],
    ['./absent', '<model> expected a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "./absent"'],
  ])('the error of the model %s names its own argument, in one line', async (spec, line) => {
    const ended = await runHere(['models', 'convert', spec, join(root, 'out')]);
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `error: ${line}\n` });
    expect(await readdir(root)).toEqual([]);
  });
});
