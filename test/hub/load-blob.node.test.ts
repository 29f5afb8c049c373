/**
 * A process that slept so long that another one took its lock over.
 */
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holderText, thisHolder } from '../../src/disk/holder.node.ts';
import { blobPath, lockPath, partialPath } from '../../src/hub/cache-paths.node.ts';
import { pullModel } from '../../src/hub/index.node.ts';
import { FakeHub, sha256 } from './fake-hub.ts';
import { emptyFolder, impatient, noise, usualModel, wrongBlobs } from './fake-models.ts';

const id = 'org/small';
const weights = noise(100_000);
const sum = sha256(weights);
let hub: FakeHub;
let cache: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.models.set(id, usualModel(weights.length));
  ({ path: cache, remove } = await emptyFolder());
});
afterEach(async () => {
  await hub.stop();
  await remove();
});

/** Does this once, in the middle of the weights. */
function midway(action: () => Promise<void>): void {
  let done = false;
  hub.pace = async (sent, path) => {
    if (done || sent < 40_000 || !path.includes('model.safetensors')) return;
    done = true;
    await action();
  };
}

it('does not name its file, but waits for the one that has the lock now', async () => {
  const lock = lockPath(cache, id, sum);
  const waits: string[] = [];
  midway(() => writeFile(lock, holderText(thisHolder('other'))));
  const onWait = (file: string) => {
    waits.push(file);
    // The other one is ready: its file has the name, its lock is gone.
    void writeFile(`${blobPath(cache, id, sum)}.x`, weights)
      .then(() => rename(`${blobPath(cache, id, sum)}.x`, blobPath(cache, id, sum)))
      .then(() => rm(lock));
  };
  const { folder } = await pullModel(id, { ...impatient(hub, cache), onWait });
  expect(waits).toEqual(['model.safetensors']);
  expect((await readFile(`${folder}/model.safetensors`)).equals(weights)).toBe(true);
  expect((await stat(partialPath(cache, id, sum))).size).toBe(weights.length);
});

it('does not name the file that the other one has begun in its place', async () => {
  const partial = partialPath(cache, id, sum);
  midway(async () => {
    await rm(partial);
    await writeFile(partial, 'begun anew');
  });
  await expect(pullModel(id, impatient(hub, cache))).rejects.toMatchObject({ code: 'busy' });
  expect(await wrongBlobs(cache)).toEqual([]);
  expect(await readFile(partial, 'utf8')).toBe('begun anew');
});

it('a part that another machine’s silent process has left is not continued: that one may still write into it', async () => {
  await pullModel(id, impatient(hub, cache));
  const [partial, lock] = [partialPath(cache, id, sum), lockPath(cache, id, sum)];
  await rename(blobPath(cache, id, sum), partial);
  await writeFile(partial, weights.subarray(0, 50_000));
  await writeFile(lock, holderText({ ...thisHolder('x'), place: 'elsewhere' }));
  hub.seen.length = 0;
  const { settings, timing } = impatient(hub, cache);
  await pullModel(id, { settings, timing: { ...timing, lockStaleMs: 100 } });
  expect(hub.bodies().map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  expect(await wrongBlobs(cache)).toEqual([]);
});
