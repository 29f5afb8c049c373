import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchFolder } from '../../src/browser/fetch-folder.ts';
import { fetchSource } from '../../src/browser/fetch-source.ts';
import type { FileServer } from '../../src/browser/file-server.node.ts';
import { serveFiles } from '../../src/browser/file-server.node.ts';
import { loadWeights } from '../../src/checkpoint/load-weights.ts';
import { openWeights } from '../../src/checkpoint/open-weights.ts';
import type { Weights } from '../../src/reference/types.ts';
import {
  asGguf,
  asSafetensors,
  asShards,
  asTorch,
  configText,
  modelTensors,
  smallModel,
} from '../checkpoint/model-formats.ts';

const tokenizer = fileURLToPath(new URL('../../models/tiny-shakespeare/tokenizer.json', import.meta.url));
const tensors = modelTensors(smallModel);
const folders: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  safetensors: { 'model.safetensors': asSafetensors(tensors) },
  shards: asShards(tensors, 3),
  bin: { 'pytorch_model.bin': asTorch(tensors) },
  gguf: { 'a b.gguf': asGguf(smallModel, tensors) },
  none: {},
};

let root = '';
let server: FileServer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mamba-ts-fetch-'));
  for (const [folder, files] of Object.entries(folders)) {
    await mkdir(join(root, folder));
    await cp(tokenizer, join(root, folder, 'tokenizer.json'));
    if (folder !== 'gguf') await writeFile(join(root, folder, 'config.json'), configText(smallModel));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(root, folder, name), bytes);
  }
  server = await serveFiles([{ prefix: 'models/', folder: root }]);
});
afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

async function fetched(folder: string, weights?: string): Promise<Weights> {
  const { config, weightsUrl, name } = await fetchFolder(`${server.url}models/${folder}`, { weights });
  expect([name, config]).toEqual([folder, smallModel]);
  const file = decodeURIComponent(weightsUrl.slice(weightsUrl.lastIndexOf('/') + 1));
  const opened = await openWeights(file, (part) => fetchSource(new URL(encodeURIComponent(part), weightsUrl), part));
  return loadWeights(opened, config);
}

test('a page finds every format behind an address, by ranges, and reads the same weights', async () => {
  const expected = await fetched('safetensors');
  expect(await fetched('shards')).toEqual(expected);
  expect(await fetched('bin')).toEqual(expected);
  expect(await fetched('gguf', 'a b.gguf')).toEqual(expected);
});

test('a folder without weights is refused in one line', async () => {
  await expect(fetched('none')).rejects.toThrow(/^none: expected weights .*, got none; name the file if it is GGUF$/);
});
