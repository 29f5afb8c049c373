/**
 * Several processes, and processes that are killed.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partialPath } from '../../src/hub/cache-paths.node.ts';
import { pullModel } from '../../src/hub/index.node.ts';
import { compileHub, startPull } from './compiled-hub.ts';
import { FakeHub, sha256 } from './fake-hub.ts';
import { emptyFolder, file, impatient, model, noise, usualModel, wrongBlobs } from './fake-models.ts';

const id = 'org/small';
const weights = noise(400_000);
let hub: FakeHub;
let program: string;
let folder: Awaited<ReturnType<typeof emptyFolder>>;

beforeAll(async () => {
  hub = await FakeHub.start();
  folder = await emptyFolder();
  program = await compileHub(join(folder.path, 'compiled'));
});
afterAll(async () => {
  await hub.stop();
  await folder.remove();
});

/** The next pull, after whatever there was: right, and nothing left over. */
async function expectComplete(cache: string, name = id): Promise<void> {
  const pulled = await pullModel(name, impatient(hub, cache));
  expect((await readFile(join(pulled.folder, 'model.safetensors'))).equals(weights)).toBe(true);
  expect(await wrongBlobs(cache)).toEqual([]);
  const left = (await readdir(cache, { recursive: true })).filter((name) => /incomplete|\.lock$/.test(name));
  expect(left).toEqual([]);
}

describe('kill −9', () => {
  /** What to do before so many bytes of a model's weights are sent. */
  const paces = new Map<string, (sent: number) => Promise<void>>();
  const names = ['org/one', 'org/other', 'org/third'];

  beforeAll(() => {
    const files = {
      'config.json': file('{}'),
      'tokenizer.json': file('{}'),
      'model.safetensors': file(weights, 'store'),
    };
    for (const name of names) hub.models.set(name, model(files));
    hub.pace = (sent, path) => {
      const name = names.find((one) => path.includes(one) && path.includes('model.safetensors'));
      return name === undefined ? undefined : paces.get(name)?.(sent);
    };
  });
  afterAll(() => {
    hub.pace = () => {};
  });

  /** Kills when so many bytes of the weights have been sent; then looks whether the next pull goes on and ends well. */
  async function killAndResume(name: string, cache: string, point: number): Promise<void> {
    const child = startPull(program, name, impatient(hub, cache));
    const partial = partialPath(cache, name, sha256(weights));
    const size = () =>
      stat(partial).then(
        ({ size }) => size,
        () => 0,
      );
    paces.set(name, async (sent) => {
      if (sent < point) return;
      if (point > 200_000) await vi.waitUntil(async () => (await size()) > 0, { timeout: 10_000, interval: 2 });
      child.process.kill('SIGKILL');
      await child.ended;
    });
    expect((await child.ended).signal).toBe('SIGKILL');
    paces.delete(name);
    expect(await wrongBlobs(cache)).toEqual([]);
    const kept = await size();
    if (point > 200_000) expect(kept).toBeGreaterThan(0);
    const before = hub.seen.length;
    await expectComplete(cache, name);
    const ranges = hub.seen.slice(before).filter(({ host, path }) => host === 'store' && path.includes(name));
    expect(ranges.map(({ headers }) => headers.range)).toEqual([kept > 0 ? `bytes=${kept}-` : undefined]);
  }

  it('at 50 points of a download: nothing bad has a name, and the next pull goes on from there', async () => {
    const points = Array.from({ length: 50 }, (_, i) => Math.floor((i * weights.length) / 52));
    const lane = async (name: string) => {
      for (let point = points.pop(); point !== undefined; point = points.pop()) {
        const cache = join(folder.path, `killed-${point}`);
        await killAndResume(name, cache, point);
        await rm(cache, { recursive: true });
      }
    };
    await Promise.all(names.map(lane));
    expect(points).toEqual([]);
  }, 300_000); // some 15 s on two idle cores, but fifty processes have to start

  it('at any moment, also beside the bytes: the next pull completes', async () => {
    const [name] = names;
    for (let i = 0; i < 8; i++) {
      const cache = join(folder.path, `moment-${i}`);
      const child = startPull(program, name!, impatient(hub, cache));
      setTimeout(() => child.process.kill('SIGKILL'), 80 + 30 * i);
      await child.ended;
      expect(await wrongBlobs(cache)).toEqual([]);
      await expectComplete(cache, name);
    }
  });
});

describe('8 processes at once', () => {
  it('load each file once, and all of them have the model', async () => {
    const cache = join(folder.path, 'eight');
    hub.models.set(id, usualModel(weights.length));
    hub.seen.length = 0;
    hub.pace = () => new Promise((resolve) => setTimeout(resolve, 10));
    const children = Array.from({ length: 8 }, () => startPull(program, id, impatient(hub, cache)));
    const ends = await Promise.all(children.map(({ ended }) => ended));
    hub.pace = () => {};
    const snapshot = (await pullModel(id, impatient(hub, cache))).folder;
    expect(ends).toEqual(Array(8).fill({ code: 0, signal: null, output: snapshot }));
    const asked = hub.bodies().filter(({ path }) => !path.startsWith('/relayed'));
    const names = asked.filter(({ host }) => host === 'hub').map(({ path }) => path.split('/').at(-1));
    // Of tokenizer_config.json, which is empty, nothing has to be asked for.
    const wanted = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json'];
    expect(names.toSorted()).toEqual(wanted);
    expect(asked.filter(({ host }) => host === 'store')).toHaveLength(1);
    await expectComplete(cache);
  });
});
