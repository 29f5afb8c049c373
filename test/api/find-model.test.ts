import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NoModelError } from '../../src/api/find-model.node.ts';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import { HubError } from '../../src/hub/index.node.ts';
import { FakeHub } from '../hub/fake-hub.ts';
import { emptyFolder, file, model } from '../hub/fake-models.ts';

const embedded = fileURLToPath(new URL('../../models/tiny-shakespeare/', import.meta.url));

async function greedyText(loaded: LoadedModel): Promise<string> {
  let text = '';
  for await (const piece of loaded.generate('ROMEO:', { maxTokens: 12, sampling: { temperature: 0 } })) {
    text += piece.text;
  }
  loaded.dispose();
  return text;
}

test('load takes an id on the hub, and gives the text of the folder', async () => {
  const hub = await FakeHub.start();
  const { path: cache, remove } = await emptyFolder();
  try {
    const names = ['config.json', 'tokenizer.json', 'model.safetensors'];
    const files = await Promise.all(names.map(async (name) => [name, file(await readFile(embedded + name))] as const));
    hub.models.set('org/tiny', model(Object.fromEntries(files)));
    const plans: number[] = [];
    const settings = { endpoint: hub.endpoint, cache, token: undefined, offline: false };
    const options = {
      hub: { settings, onPlan: ({ missingBytes }: { missingBytes: number }) => plans.push(missingBytes) },
    };
    const pulled = await load('org/tiny', options);
    expect(pulled.name).toBe('org/tiny');
    expect(await greedyText(pulled)).toBe(await greedyText(await load(embedded)));
    expect(plans).toHaveLength(1);
    await expect(load('org/nothing', options)).rejects.toThrow(HubError);
  } finally {
    await hub.stop();
    await remove();
  }
});

test('what is neither a folder nor an id is refused by what it is', async () => {
  await expect(load('./nowhere')).rejects.toThrow(NoModelError);
  await expect(load(`${embedded}config.json`)).rejects.toThrow('expected a folder or a .gguf file, got the file');
});
