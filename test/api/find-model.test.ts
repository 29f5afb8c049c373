import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findModel, NoModelError } from '../../src/api/find-model.node.ts';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import { HubError, pullModel } from '../../src/hub/index.node.ts';
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
    const { folder, tokenizerJsonPath } = await pullModel('org/tiny', options.hub);
    expect(await findModel('org/tiny', options.hub)).toEqual({ path: folder, name: 'org/tiny', tokenizerJsonPath });
    await expect(load('org/nothing', options)).rejects.toThrow(HubError);
  } finally {
    await hub.stop();
    await remove();
  }
});

describe('what MODEL means, without the hub', () => {
  test('a folder is itself, also when an id looks the same, and a tokenizer in it is its own', async () => {
    expect(await findModel(embedded)).toEqual({ path: embedded });
    expect(await findModel('models/tiny-shakespeare')).toEqual({ path: 'models/tiny-shakespeare' });
  });

  test.each(['./absent', '/absent/too', '../x', '~/x', 'C:\\models', 'gpt2', 'absent.gguf', ''])(
    '%j is no model, and nobody is asked',
    async (spec) => {
      const settings = { endpoint: 'http://127.0.0.1:9', offline: false };
      await expect(findModel(spec, { settings })).rejects.toThrow(NoModelError);
    },
  );

  test('a file is none either', async () => {
    await expect(load(`${embedded}config.json`)).rejects.toThrow('expected a folder or a .gguf file, got the file');
  });
});
