import { lstat, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubOptions, PullPlan, PullProgress } from '../../src/hub/index.node.ts';
import { pullModel } from '../../src/hub/index.node.ts';
import { FakeHub, gitSha1, sha256 } from './fake-hub.ts';
import { commitA, commitB, emptyFolder, file, impatient, model, noise, usualModel, wrongBlobs } from './fake-models.ts';

const id = 'org/small';
const weightBytes = 100_000;
let hub: FakeHub;
let cache: string;
let options: HubOptions;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  ({ path: cache, remove } = await emptyFolder());
  options = impatient(hub, cache);
  hub.models.set(id, usualModel(weightBytes));
});
afterEach(async () => {
  await hub.stop();
  await remove();
});

const wanted = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];

describe('pullModel', () => {
  it('lays the cache out as Python does: blobs by checksum, relative links in snapshots, refs', async () => {
    const pulled = await pullModel(id, options);
    const home = join(cache, 'models--org--small');
    const files = hub.models.get(id)!.files;
    expect(pulled.folder).toBe(join(home, 'snapshots', commitA));
    expect((await readdir(pulled.folder)).toSorted()).toEqual(wanted);
    for (const name of wanted) {
      const { bytes, way } = files.get(name)!;
      const checksum = way === 'store' ? sha256(bytes) : gitSha1(bytes);
      expect(await readlink(join(pulled.folder, name))).toBe(join('../../blobs', checksum));
      expect((await readFile(join(pulled.folder, name))).equals(bytes)).toBe(true);
    }
    expect(await readFile(join(home, 'refs/main'), 'utf8')).toBe(commitA);
    expect(await readdir(join(home, 'blobs'))).toHaveLength(wanted.length);
    expect(await wrongBlobs(cache)).toEqual([]);
  });

  it('says where config, weights and tokenizer are', async () => {
    const { folder, files, ...rest } = await pullModel(id, options);
    const tokenizerJsonPath = join(folder, 'tokenizer.json');
    expect(rest).toEqual({ id, revision: 'main', commit: commitA, tokenizerJsonPath, tokenizerId: id });
    expect(files.map(({ name }) => name).toSorted()).toEqual(wanted);
    expect(files.find(({ name }) => name === 'model.safetensors')!.bytes).toBe(weightBytes);
  });

  it('announces its bytes and the room there is, and counts up to them', async () => {
    const plans: PullPlan[] = [];
    const steps: PullProgress[] = [];
    const freeBytes = async () => 1e9;
    await pullModel(id, {
      ...options,
      freeBytes,
      onPlan: (plan) => plans.push(plan),
      onProgress: (s) => steps.push(s),
    });
    const bytes = wanted.reduce((sum, name) => sum + hub.models.get(id)!.files.get(name)!.bytes.length, 0);
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ id, commit: commitA, bytes, freeBytes: 1e9 });
    expect(plans[0]!.files.map(({ name }) => name).toSorted()).toEqual(wanted);
    expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(steps.at(-1)).toMatchObject({ done: bytes, bytes });
    expect(steps.find((step) => step.file === 'model.safetensors')!.fileBytes).toBe(weightBytes);
  });

  it('refuses before the first large byte what the disk has no room for', async () => {
    const pull = pullModel(id, { ...options, freeBytes: async () => 99_999 });
    await expect(pull).rejects.toMatchObject({
      code: 'no-space',
      message: expect.stringMatching(/expected 100\.0 kB of room, got 100\.0 kB; make room, or set HF_HOME/),
    });
    expect(hub.seen.filter(({ host }) => host === 'store')).toEqual([]);
  });

  it('sends the token to the hub and to nobody else', async () => {
    await pullModel(id, options);
    const sent = (host: string) => new Set(hub.seen.filter((s) => s.host === host).map((s) => s.headers.authorization));
    expect(sent('hub')).toEqual(new Set(['Bearer hf_secret']));
    expect(sent('store')).toEqual(new Set([undefined]));
  });

  it('the second time asks for the list alone, and for a commit not even for that', async () => {
    const first = await pullModel(id, options);
    hub.seen.length = 0;
    expect(await pullModel(id, options)).toEqual(first);
    expect(hub.seen.map(({ path }) => path)).toEqual(['/api/models/org/small/revision/main?blobs=true']);
    hub.seen.length = 0;
    expect(await pullModel(`${id}@${commitA}`, options)).toEqual({ ...first, revision: commitA });
    expect(hub.seen).toEqual([]);
  });

  it('after a push loads only the files that are new', async () => {
    await pullModel(id, options);
    const { files } = hub.models.get(id)!;
    hub.models.set(id, {
      commit: commitB,
      files: new Map([...files, ['config.json', file('{"model_type": "mamba", "x": 1}')]]),
    });
    hub.seen.length = 0;
    expect((await pullModel(id, options)).commit).toBe(commitB);
    expect(hub.bodies().map(({ path }) => path)).toEqual([`/${id}/resolve/${commitB}/config.json`]);
  });

  it('finds the files of a hub without a list by asking for each', async () => {
    hub.hasList = false;
    const { files } = await pullModel(id, options);
    expect(files.map(({ name }) => name).toSorted()).toEqual(wanted);
  });

  it('a revision with slashes is one part of its address and nested in refs', async () => {
    expect((await pullModel(`${id}@refs/pr/1`, options)).revision).toBe('refs/pr/1');
    expect(await readFile(join(cache, 'models--org--small/refs/refs/pr/1'), 'utf8')).toBe(commitA);
  });

  it.each([
    ['model.safetensors.index.json', '.safetensors'],
    ['pytorch_model.bin.index.json', '.bin'],
  ])('loads the shards that %s names', async (index, extension) => {
    const [a, b] = [`one-of-two${extension}`, `two-of-two${extension}`];
    const map = JSON.stringify({ weight_map: { x: a, y: b, z: a } });
    const shards = { [index]: file(map), [a]: file(noise(1000), 'store'), [b]: file(noise(2000), 'store') };
    hub.models.set(id, model({ 'config.json': file('{}'), 'tokenizer.json': file('{}'), ...shards }));
    const { files } = await pullModel(id, options);
    expect(files.map(({ name }) => name).toSorted()).toEqual(['config.json', 'tokenizer.json', index, a, b].toSorted());
  });

  it('refuses shards that would leave the cache, before it asks for them', async () => {
    const map = JSON.stringify({ weight_map: { x: '../../../evil.safetensors' } });
    hub.models.set(id, model({ 'config.json': file('{}'), 'model.safetensors.index.json': file(map) }));
    const place = 'org/small/model.safetensors.index.json';
    const message = `${place}: expected the name of a shard that stays in its folder, got "../../../evil.safetensors"`;
    await expect(pullModel(id, options)).rejects.toMatchObject({ code: 'name', message });
    expect(hub.seen.some(({ path }) => path.includes('evil'))).toBe(false);
  });

  it.each([
    ['EleutherAI/gpt-neox-20b', '{"d_model": 8, "n_layer": 1}'],
    ['openai-community/gpt2', '{"model_type": "gpt_neo"}'],
  ])('takes the tokenizer of %s for a model without one whose config is %s', async (other, config) => {
    hub.models.set(id, model({ 'config.json': file(config), 'pytorch_model.bin': file(noise(500), 'store') }));
    hub.models.set(
      other,
      model({ 'tokenizer.json': file('{"other": 1}', 'relayed'), 'model.safetensors': file(noise(9)) }, commitB),
    );
    const pulled = await pullModel(id, options);
    expect(pulled.tokenizerId).toBe(other);
    expect(await readFile(pulled.tokenizerJsonPath!, 'utf8')).toBe('{"other": 1}');
    expect(pulled.tokenizerJsonPath).toContain(join(`models--${other.replace('/', '--')}`, 'snapshots', commitB));
    hub.seen.length = 0;
    expect(await pullModel(id, options)).toEqual(pulled);
    expect(hub.seen).toHaveLength(1);
    expect(await pullModel(id, { ...options, settings: { ...options.settings, offline: true } })).toEqual(pulled);
  });

  it('offline uses a complete model and asks nobody', async () => {
    const offline = { ...options, settings: { ...options.settings, offline: true } };
    await expect(pullModel(id, offline)).rejects.toMatchObject({ code: 'offline' });
    expect(hub.seen).toEqual([]);
    const pulled = await pullModel(id, options);
    hub.seen.length = 0;
    expect(await pullModel(id, offline)).toEqual(pulled);
    expect(hub.seen).toEqual([]);
  });

  it('without a network uses what was pulled before, and says so', async () => {
    const pulled = await pullModel(id, options);
    await hub.stop();
    const reasons: Error[] = [];
    expect(await pullModel(id, { ...options, onStale: (reason) => reasons.push(reason) })).toEqual(pulled);
    expect(reasons[0]!.message).toMatch(/^cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\); check the network/);
    await rename(join(pulled.folder, 'config.json'), join(pulled.folder, 'gone'));
    await expect(pullModel(id, options)).rejects.toMatchObject({ code: 'network' });
  });

  it("loads another model's tokenizer anew when it was cut after its pull", async () => {
    hub.models.set(
      'org/old',
      model({ 'config.json': file('{"d_model": 8}'), 'model.safetensors': file(noise(9), 'store') }),
    );
    hub.models.set('EleutherAI/gpt-neox-20b', model({ 'tokenizer.json': file('{"version": "1.0"}') }));
    const { tokenizerJsonPath } = await pullModel('org/old', options);
    await writeFile(
      join(cache, 'models--EleutherAI--gpt-neox-20b', 'blobs', gitSha1(new TextEncoder().encode('{"version": "1.0"}'))),
      'cut',
    );
    await pullModel('org/old', options);
    expect(await readFile(tokenizerJsonPath!, 'utf8')).toBe('{"version": "1.0"}');
  });

  it('replaces a blob of the wrong length and mends a link that leads nowhere', async () => {
    const { folder } = await pullModel(id, options);
    const blob = join(cache, 'models--org--small/blobs', sha256(noise(weightBytes)));
    await writeFile(blob, 'short');
    await rename(join(folder, 'config.json'), join(folder, 'elsewhere'));
    await pullModel(id, options);
    expect(await wrongBlobs(cache)).toEqual([]);
    expect((await lstat(join(folder, 'config.json'))).isSymbolicLink()).toBe(true);
  });

  it('stopped by its signal ends with its reason, keeps what came, and goes on from there', async () => {
    const controller = new AbortController();
    const onProgress = ({ file, fileDone }: PullProgress) => {
      if (file === 'model.safetensors' && fileDone >= 40_000) controller.abort(new Error('enough'));
    };
    hub.pace = () => new Promise((resolve) => setTimeout(resolve, 2));
    await expect(pullModel(id, { ...options, onProgress, signal: controller.signal })).rejects.toThrow('enough');
    hub.seen.length = 0;
    await pullModel(id, options);
    const [from] = hub
      .bodies()
      .map(({ headers }) => headers.range)
      .filter((range) => range !== undefined);
    expect(Number(/\d+/.exec(from!)![0])).toBeGreaterThanOrEqual(40_000);
    expect(await wrongBlobs(cache)).toEqual([]);
  });
});
