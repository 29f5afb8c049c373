import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { openFolder } from '../../src/checkpoint/open-folder.node.ts';
import { tensorTable } from '../../src/checkpoint/tensor-table.ts';
import { fileWeights, rowsOf } from '../../src/checkpoint/weight-source.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import { asGguf, asSafetensors, asShards, asTorch, configText, modelTensors, smallModel } from './model-formats.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mamba-ts-formats-'));
});
afterAll(() => rm(root, { recursive: true }));

type Files = Readonly<Record<string, Uint8Array | string>>;

async function folderOf(name: string, files: Files): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

const tensors = modelTensors(smallModel);
const rest = { 'config.json': configText(smallModel), 'tokenizer.json': '{}' };
const formats: Readonly<Record<string, Files>> = {
  safetensors: { ...rest, 'model.safetensors': asSafetensors(tensors) },
  'sharded safetensors': { ...rest, ...asShards(tensors, 3) },
  bin: { ...rest, 'pytorch_model.bin': asTorch(tensors) },
  'bin of a ZIP without ZIP64': { ...rest, 'pytorch_model.bin': asTorch(tensors, { alignment: 1 }) },
  'sharded bin': { ...rest, ...asShards(tensors, 2, 'bin') },
  gguf: { ...rest, 'small.gguf': asGguf(smallModel, tensors) },
  'gguf without config.json': { 'tokenizer.json': '{}', 'small.gguf': asGguf(smallModel, tensors) },
};

/** All that an engine reads of a folder: every weight, A by itself, in float32. */
async function engineWeights(path: string): Promise<Map<string, Float32Array>> {
  const folder = await openFolder(path);
  return folder.withWeights(async (file) => {
    const source = await fileWeights(file, folder.config);
    const read = new Map<string, Float32Array>();
    for (const slot of tensorTable(folder.config as MambaConfig)) {
      const { rows } = rowsOf(slot);
      const numbers = await source.read(slot, 0, rows);
      read.set(slot.names[0]!, numbers);
      if (slot.field !== 'aLog') continue;
      const A = (await source.readA?.(slot, 0, rows)) ?? numbers.map((value) => -Math.exp(value));
      read.set(slot.names[0]!.replace('A_log', 'A'), A);
    }
    return read;
  });
}

describe('the same weights in every format', () => {
  it('have one fingerprint, so that a state of one is a state of all', async () => {
    const prints = new Set<string | undefined>();
    for (const [name, files] of Object.entries(formats)) {
      const folder = await openFolder(await folderOf(`${name} to name`, files));
      await folder.withWeights(async (file) => prints.add((await fileWeights(file, folder.config)).fingerprint));
    }
    expect([...prints]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });

  it('give the same config and bit-identical parameters, in float64 and as engines read them', async () => {
    const paths = new Map<string, string>();
    for (const [name, files] of Object.entries(formats)) paths.set(name, await folderOf(name, files));
    const expected = await loadFolder(paths.get('safetensors')!);
    const engine = await engineWeights(paths.get('safetensors')!);
    expect(expected.weights.layers[1]!.inProjWeight).toEqual(
      Float64Array.from(tensors.find(({ name }) => name.includes('layers.1.mixer.in_proj'))!.numbers),
    );
    for (const [name, path] of paths) {
      const loaded = await loadFolder(path);
      expect([name, loaded.config]).toEqual([name, expected.config]);
      expect([name, loaded.weights]).toEqual([name, expected.weights]);
      expect([name, await engineWeights(path)]).toEqual([name, engine]);
    }
  });

  it('are found by a path to the file of GGUF itself, beside others', async () => {
    const gguf = asGguf(smallModel, tensors);
    const path = await folderOf('two', { 'a.gguf': gguf, 'b.gguf': gguf, 'tokenizer.json': '{}' });
    const loaded = await loadFolder(join(path, 'b.gguf'));
    expect([loaded.name, loaded.path, loaded.weightsFile, loaded.dialect]).toEqual(['b.gguf', path, 'b.gguf', 'gguf']);
    await expect(loadFolder(path)).rejects.toThrow(
      'expected one .gguf file, got 2 (a.gguf, b.gguf); name the file instead of the folder',
    );
  });
});
