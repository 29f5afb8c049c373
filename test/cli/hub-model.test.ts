/**
 * `--model ORG/NAME`: from a hub that is served here, through the cache, to the same text as from the folder.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHub } from '../hub/fake-hub.ts';
import { emptyFolder, file, model } from '../hub/fake-models.ts';
import { runHere } from './run-cli.ts';

const embedded = (name: string) =>
  readFile(fileURLToPath(new URL(`../../models/tiny-shakespeare/${name}`, import.meta.url)));
const short = ['generate', '--prompt', 'ROMEO:', '--max-tokens', '12', '--seed', '5'];

let hub: FakeHub;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  let cache: string;
  ({ path: cache, remove } = await emptyFolder());
  const config = JSON.parse((await embedded('config.json')).toString());
  const files = {
    'config.json': file(JSON.stringify({ ...config, model_type: 'mamba' })),
    'model.safetensors': file(await embedded('model.safetensors'), 'store'),
  };
  const tokenizer = file(await embedded('tokenizer.json'));
  hub.models.set('org/whole', model({ ...files, 'tokenizer.json': tokenizer }));
  hub.models.set('org/bare', model(files)); // as state-spaces' are: the tokenizer is another model's
  hub.models.set('EleutherAI/gpt-neox-20b', model({ 'tokenizer.json': tokenizer }));
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_HOME: cache, NO_COLOR: '1' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  for (const name of ['FORCE_COLOR', 'HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await remove();
});

describe('mamba-ts generate --model', () => {
  it.each(['org/whole', 'org/bare'])(
    '%s gives the text of the folder, and the second time loads nothing',
    async (id) => {
      const { stdout } = await runHere(short);
      const first = await runHere([...short, '--model', id]);
      expect([first.code, first.stdout]).toEqual([0, stdout]);
      expect(first.stderr).toContain(`${id}: `);
      const loaded = hub.bodies().length;
      vi.stubEnv('HF_HUB_OFFLINE', '1');
      expect(await runHere([...short, '--model', id])).toMatchObject({ code: 0, stdout });
      expect(hub.bodies().length).toBe(loaded);
    },
  );

  it('a folder without tokenizer.json gets the one that its config asks for, once', async () => {
    const { path: folder, remove: removeFolder } = await emptyFolder();
    try {
      const config = JSON.parse((await embedded('config.json')).toString());
      await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, model_type: 'mamba' }));
      await writeFile(join(folder, 'model.safetensors'), await embedded('model.safetensors'));
      vi.stubEnv('HF_HUB_OFFLINE', '1');
      const offline = await runHere([...short, '--model', folder]);
      expect([offline.code, offline.stdout]).toEqual([1, '']);
      expect(offline.stderr).toMatch(/^error: [^\n]*expected a tokenizer.json, got none; and from the hub: [^\n]*\n$/);
      vi.stubEnv('HF_HUB_OFFLINE', undefined);
      const { stdout } = await runHere(short);
      expect(await runHere([...short, '--model', folder])).toMatchObject({ code: 0, stdout });
      const loaded = hub.bodies().length;
      expect(await runHere([...short, '--model', folder])).toMatchObject({ code: 0, stdout });
      expect(hub.bodies().length).toBe(loaded);
    } finally {
      await removeFolder();
    }
  });

  it('a model that the hub does not have, or that is not in the cache, is one line and exit 1', async () => {
    const absent = await runHere([...short, '--model', 'org/nothing']);
    expect([absent.code, absent.stdout]).toEqual([1, '']);
    expect(absent.stderr).toMatch(/^error: [^\n]*org\/nothing[^\n]*\n$/);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const offline = await runHere([...short, '--model', 'org/whole']);
    expect([offline.code, offline.stdout]).toEqual([1, '']);
    expect(offline.stderr).toMatch(/^error: [^\n]*org\/whole[^\n]*\n$/);
  });
});
