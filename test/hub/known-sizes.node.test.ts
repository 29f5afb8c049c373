import { existsSync } from 'node:fs';
import { readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sizesPath } from '../../src/hub/cache-paths.node.ts';
import { listModels, pullModel, removeModel } from '../../src/hub/index.node.ts';
import { FakeHub } from './fake-hub.ts';
import { commitA, commitB, emptyFolder, file, impatient, model, noise, usualModel } from './fake-models.ts';

const id = 'org/small';
let hub: FakeHub;
let folder: string;
let cache: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  ({ path: folder, remove } = await emptyFolder());
  cache = join(folder, 'cache');
  hub.models.set(id, usualModel(2000));
});
afterEach(async () => {
  await hub.stop();
  await remove();
});

const pull = (spec: string) => pullModel(spec, impatient(hub, cache));

/** Cuts the weights in the cache, as a full disk or a crash of the system does. */
async function cutWeights(): Promise<string> {
  const weights = await realpath(join(cache, 'models--org--small/snapshots', commitA, 'model.safetensors'));
  await truncate(weights, 1000);
  return weights;
}

const sizesFile = () => sizesPath(cache, id, commitA);

describe('a file that was cut after the pull', () => {
  const offline = () => {
    const options = impatient(hub, cache);
    return pullModel(id, { ...options, settings: { ...options.settings, offline: true } });
  };

  it('is loaded anew by the next pull, with and without a list of sizes, and by one of the commit', async () => {
    for (const [sizeInList, spec] of [
      [(bytes: number) => bytes, id],
      [undefined, id],
      [undefined, `${id}@${commitA}`],
    ] as const) {
      hub.sizeInList = sizeInList;
      await pull(id);
      const weights = await cutWeights();
      await pull(spec);
      expect((await readFile(weights)).equals(noise(2000))).toBe(true);
    }
  });

  it('is loaded anew when others had pulled it, as soon as the hub says how long it is', async () => {
    await pull(id);
    await rm(sizesFile());
    const weights = await cutWeights();
    hub.sizeInList = undefined;
    await pull(id); // nothing can be known
    expect((await readFile(weights)).length).toBe(1000);
    hub.sizeInList = (bytes) => bytes;
    await pull(id);
    expect((await readFile(weights)).equals(noise(2000))).toBe(true);
  });

  it('makes the model incomplete in the list, and none that can be used offline', async () => {
    await pull(id);
    expect((await listModels(cache))[0]!.complete).toBe(true);
    await offline();
    await cutWeights();
    expect((await listModels(cache))[0]!.complete).toBe(false);
    await expect(offline()).rejects.toMatchObject({ code: 'offline' });
    await pull(id);
    expect((await listModels(cache))[0]!.complete).toBe(true);
  });

  it('of a tokenizer makes that incomplete in the list', async () => {
    const other = 'EleutherAI/gpt-neox-20b';
    hub.models.set(id, model({ 'config.json': file('{"d_model": 8, "n_layer": 1}'), 'model.safetensors': file('x') }));
    hub.models.set(other, model({ 'tokenizer.json': file('{"other": 1}'), 'model.safetensors': file('y') }, commitB));
    await pull(id);
    const tokenizer = join(cache, 'models--EleutherAI--gpt-neox-20b/snapshots', commitB, 'tokenizer.json');
    const complete = async () => (await listModels(cache)).find(({ kind }) => kind === 'tokenizer')!.complete;
    expect(await complete()).toBe(true);
    await truncate(await realpath(tokenizer), 3);
    expect(await complete()).toBe(false);
  });

  it('what was remembered wrongly is put right by the next pull, and goes with the model', async () => {
    await pull(id);
    for (const text of ['{"model.safetensors": 7}', '[1, 2', '{"model.safetensors": "x"}', 'null']) {
      await writeFile(sizesFile(), text);
      await pull(id);
      expect((await listModels(cache))[0]!.complete).toBe(true);
    }
    await removeModel(`${id}@${commitA}`, cache);
    expect(existsSync(sizesFile())).toBe(false);
  });

  it('a list with wrong sizes cannot keep a model from being complete', async () => {
    hub.sizeInList = () => 1;
    await pull(id);
    expect((await pull(id)).files.find(({ name }) => name === 'model.safetensors')!.bytes).toBe(2000);
  });
});
