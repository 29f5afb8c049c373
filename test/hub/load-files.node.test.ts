/**
 * Several files of one model at a time: how many, and what a failure of one does to the others.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubOptions } from '../../src/hub/index.node.ts';
import { pullModel } from '../../src/hub/index.node.ts';
import type { HubFile } from './fake-hub.ts';
import { FakeHub } from './fake-hub.ts';
import { emptyFolder, file, impatient, model, noise, wrongBlobs } from './fake-models.ts';

const id = 'org/sharded';
const shards = Array.from({ length: 6 }, (_, i) => `model-0000${i + 1}-of-00006.safetensors`);
let hub: FakeHub;
let options: HubOptions;
let cache: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  ({ path: cache, remove } = await emptyFolder());
  options = impatient(hub, cache);
  const weight_map = Object.fromEntries(shards.map((name, i) => [`tensor${i}`, name]));
  const files: Record<string, HubFile> = {
    'config.json': file('{"model_type": "mamba"}'),
    'tokenizer.json': file('{}'),
    'model.safetensors.index.json': file(JSON.stringify({ weight_map })),
  };
  for (const [i, name] of shards.entries()) files[name] = file(noise(64_000, i + 1), 'store');
  hub.models.set(id, model(files));
});
afterEach(async () => {
  await hub.stop();
  await remove();
});

describe('shards', () => {
  it('come four at a time, never more, and all of them right', async () => {
    const active = new Set<string>();
    let most = 0;
    hub.pace = async (sent, path) => {
      if (!path.includes('-of-00006')) return;
      active.add(path);
      most = Math.max(most, active.size);
      // The first ones wait for the fourth, however busy the machine is; five would be seen at once.
      for (let waited = 0; most < 4 && waited < 500; waited++) await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (sent >= 48_000) active.delete(path);
    };
    const { files } = await pullModel(id, options);
    expect(files.filter(({ name }) => shards.includes(name))).toHaveLength(6);
    expect(most).toBe(4);
    expect(await wrongBlobs(cache)).toEqual([]);
  });

  it('of which one cannot be had: its error, the others stop, and what came is kept and continued', async () => {
    hub.pace = (sent) => (sent === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, 60)));
    hub.fault = ({ host, path }) =>
      host === 'store' && path.includes('00002-of') ? { kind: 'flip', bit: 5 } : undefined;
    await expect(pullModel(id, options)).rejects.toThrow('00002-of');
    const sent = hub.bodies().length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(hub.bodies()).toHaveLength(sent); // nobody goes on behind the caller's back
    const left = await readdir(join(cache, 'models--org--sharded', 'blobs'));
    expect(left.filter((name) => name.endsWith('.lock'))).toEqual([]);
    hub.fault = () => undefined;
    hub.pace = () => undefined;
    await pullModel(id, options);
    expect(await wrongBlobs(cache)).toEqual([]);
  });
});
