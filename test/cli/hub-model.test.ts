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

  it('a revision may have slashes', async () => {
    const { stdout } = await runHere(short);
    expect(await runHere([...short, '--model', 'org/whole@refs/pr/1'])).toMatchObject({ code: 0, stdout });
  });

  it('a model that cannot run here is refused by its config, before its weights come', async () => {
    const config = JSON.parse((await embedded('config.json')).toString());
    const weights = file(await embedded('model.safetensors'), 'store');
    const tokenizer = file(await embedded('tokenizer.json'));
    const add = (id: string, changes: object) => {
      const text = file(JSON.stringify({ ...config, ...changes }));
      hub.models.set(id, model({ 'config.json': text, 'model.safetensors': weights, 'tokenizer.json': tokenizer }));
    };
    add('org/llama', { model_type: 'llama' });
    add('org/giant', { num_hidden_layers: 2_000_000 });
    const weightsCame = () => hub.bodies().some(({ path }) => path.includes('model.safetensors'));
    const llama = await runHere([...short, '--model', 'org/llama']);
    expect([llama.code, weightsCame()]).toEqual([1, false]);
    expect(llama.stderr).toMatch(/^error: config\.json of org\/llama: "model_type" expected [^\n]*\n$/);
    for (const backend of ['wasm', 'reference']) {
      const giant = await runHere([...short, '--model', 'org/giant', '--backend', backend]);
      expect([giant.code, weightsCame()]).toEqual([1, false]);
      expect(giant.stderr).toMatch(/^error: [^\n]* needs [\d.]+ GB [^\n]*\n$/);
    }
    const verified = await runHere(['verify', '--model', 'org/giant']);
    expect([verified.code, weightsCame()]).toEqual([1, false]);
    expect(verified.stderr).toContain('expected one that has published values');
  });

  it('whose tokenizer is taken is said, and one that does not fit is refused before the weights are read', async () => {
    const taken = await runHere([...short, '--model', 'org/bare']);
    expect(taken.stderr).toContain('org/bare has no tokenizer.json: taking that of EleutherAI/gpt-neox-20b');
    const neox = await readFile(new URL('../golden/gpt-neox-reduced.tokenizer.json', import.meta.url));
    hub.models.set(
      'org/other',
      model({ ...Object.fromEntries(hub.models.get('org/bare')!.files), 'tokenizer.json': file(neox) }),
    );
    const other = await runHere([...short, '--model', 'org/other']);
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toMatch(
      /error: tokenizer\.json of org\/other: expected at most 256 tokens, [^\n]*, got \d+; [^\n]*\n$/,
    );
  });

  it('a hub that does not answer is told of at once, each reason once', async () => {
    let failures = 2;
    hub.fault = () => (failures-- > 0 ? { kind: 'hangUp' } : undefined);
    const { code, stderr } = await runHere([...short, '--model', 'org/whole']);
    expect(code).toBe(0);
    expect(stderr.match(/trying again in [\d.]+ s/g)).toHaveLength(1);
  });

  it('a mistyped path is called one', async () => {
    const gguf = await runHere([...short, '--model', 'models/nothing.gguf']);
    expect(gguf).toMatchObject({ code: 1, stdout: '' });
    expect(gguf.stderr).toContain('there is no "models/nothing.gguf"');
    expect((await runHere([...short, '--model', 'models/nothing'])).stderr).toContain(
      'nor is there a folder "models/nothing" here',
    );
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
