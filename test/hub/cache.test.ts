/**
 * What is in the cache, and what goes out of it.
 */
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, realpath, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderText, thisHolder } from '../../src/disk/holder.node.ts';
import { lockPath, partialPath, repoFolder } from '../../src/hub/cache-paths.node.ts';
import { listModels, pullModel, removeModel } from '../../src/hub/index.node.ts';
import { linkBlob } from '../../src/hub/snapshot-link.node.ts';
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

/** Two revisions that share their weights: the old one by its commit, the new one as main. */
async function pullTwoRevisions(): Promise<void> {
  await pull(id);
  const { files } = hub.models.get(id)!;
  hub.models.set(id, { commit: commitB, files: new Map([...files, ['config.json', file('{"new": 1}')]]) });
  await pull(id);
}

describe('listModels', () => {
  it('of an absent cache, or of one with other things in it, is empty', async () => {
    expect(await listModels(cache)).toEqual([]);
    await mkdir(join(cache, 'datasets--a--b/snapshots', commitA), { recursive: true });
    await writeFile(join(cache, 'version.txt'), '1');
    expect(await listModels(cache)).toEqual([]);
  });

  it('names every revision with its files and bytes, by its branch where one points to it', async () => {
    await pullTwoRevisions();
    const list = await listModels(cache);
    expect(list.map(({ revision, commit, kind, complete }) => ({ revision, commit, kind, complete }))).toEqual([
      { revision: commitA, commit: commitA, kind: 'model', complete: true },
      { revision: 'main', commit: commitB, kind: 'model', complete: true },
    ]);
    for (const { files, bytes } of list) {
      expect(files).toHaveLength(5);
      expect(bytes).toBe(files.reduce((sum, one) => sum + one.bytes, 0));
    }
  });

  it('knows a model with a shard missing, a tokenizer alone, and bytes of an interrupted pull', async () => {
    const index = file('{"weight_map": {"x": "1.safetensors", "y": "2.safetensors"}}');
    const shards = { '1.safetensors': file(noise(10)), '2.safetensors': file(noise(20)) };
    const config = { 'config.json': file('{"d_model": 1}'), 'model.safetensors.index.json': index };
    hub.models.set('a/sharded', model({ ...config, ...shards }));
    hub.models.set('EleutherAI/gpt-neox-20b', model({ 'tokenizer.json': file('{}') }));
    const { folder } = await pull('a/sharded');
    const blob = await realpath(join(folder, '2.safetensors'));
    await rename(blob, `${blob}.mamba-ts.incomplete`);
    await mkdir(join(repoFolder(cache, 'a/begun'), 'blobs'), { recursive: true });
    await writeFile(partialPath(cache, 'a/begun', 'f'.repeat(64)), 'half');
    const list = await listModels(cache);
    expect(list.map(({ id, kind, complete, partialBytes }) => [id, kind, complete, partialBytes])).toEqual([
      ['EleutherAI/gpt-neox-20b', 'tokenizer', true, 0],
      ['a/begun', 'model', false, 4],
      ['a/sharded', 'model', false, 20],
    ]);
  });
});

describe('removeModel', () => {
  it('of a whole model leaves nothing of it, and frees what it says', async () => {
    await pullTwoRevisions();
    const blobs = join(repoFolder(cache, id), 'blobs');
    const sizes = await Promise.all((await readdir(blobs)).map(async (name) => (await lstat(join(blobs, name))).size));
    const freedBytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(await removeModel(id, cache)).toEqual({ id, commits: [commitA, commitB], freedBytes });
    expect(existsSync(repoFolder(cache, id))).toBe(false);
    expect(await listModels(cache)).toEqual([]);
  });

  it('of one revision leaves the other whole', async () => {
    await pullTwoRevisions();
    const { freedBytes, commits } = await removeModel(`${id}@main`, cache);
    expect([freedBytes, commits]).toEqual(['{"new": 1}'.length, [commitB]]);
    hub.seen.length = 0;
    await pull(`${id}@${commitA}`);
    expect(hub.seen).toEqual([]);
    expect(await readdir(join(repoFolder(cache, id), 'refs'))).toEqual([]);
  });

  it('keeps bytes that another model links to, also through a cache that is itself a link', async () => {
    const { folder: snapshot } = await pull(id);
    const other = join(repoFolder(cache, 'org/other'), 'snapshots', commitA);
    await mkdir(other, { recursive: true });
    await symlink(await realpath(join(snapshot, 'model.safetensors')), join(other, 'model.safetensors'));
    const alias = join(folder, 'alias');
    await symlink(cache, alias);
    await removeModel(id, alias);
    expect((await readFile(join(other, 'model.safetensors'))).equals(noise(2000))).toBe(true);
    expect(await readdir(join(repoFolder(cache, id), 'blobs'))).toHaveLength(1);
  });

  it('takes nothing outside the cache: a model’s folder that is a link goes, what it leads to stays', async () => {
    await pull(id);
    const elsewhere = join(folder, 'elsewhere');
    await rename(repoFolder(cache, id), elsewhere);
    await symlink(elsewhere, repoFolder(cache, id));
    await removeModel(id, cache);
    expect(existsSync(repoFolder(cache, id))).toBe(false);
    expect(await readdir(join(elsewhere, 'blobs'))).toHaveLength(5);
  });

  it('refuses a folder of blobs that leads elsewhere', async () => {
    await pull(id);
    const [blobs, elsewhere] = [join(repoFolder(cache, id), 'blobs'), join(folder, 'elsewhere')];
    await rename(blobs, elsewhere);
    await symlink(elsewhere, blobs);
    await expect(removeModel(id, cache)).rejects.toMatchObject({ code: 'name' });
    expect(await readdir(elsewhere)).toHaveLength(5);
  });

  it.each(['org/absent', `${id}@v9`])('says that %s is not there', async (spec) => {
    await pull(id);
    await expect(removeModel(spec, cache)).rejects.toMatchObject({ code: 'not-found' });
    await expect(removeModel('../..', cache)).rejects.toMatchObject({ code: 'name' });
  });

  it('refuses while a live process is pulling', async () => {
    await pull(id);
    const lock = lockPath(cache, id, 'f'.repeat(64));
    await writeFile(lock, holderText(thisHolder('x')));
    await expect(removeModel(id, cache)).rejects.toMatchObject({ code: 'busy' });
    await writeFile(lock, holderText({ ...thisHolder('x'), start: 'long ago' }));
    await removeModel(id, cache);
  });
});

describe('linkBlob', () => {
  const refuse = async () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' });
  };

  it('without links makes a second name, and without those a copy; each replaces what was there', async () => {
    const blob = join(folder, 'blob');
    await writeFile(blob, 'bytes');
    for (const [name, ways, links] of [
      ['second', { symlink: refuse, link: (await import('node:fs/promises')).link }, 2],
      ['copy', { symlink: refuse, link: refuse }, 1],
    ] as const) {
      const path = join(folder, 'deep', name);
      await mkdir(join(folder, 'deep'), { recursive: true });
      await writeFile(path, 'old');
      await linkBlob(blob, path, ways);
      expect(await readFile(path, 'utf8')).toBe('bytes');
      const { nlink } = await lstat(path);
      expect([name, nlink, (await lstat(path)).isFile()]).toEqual([name, links, true]);
    }
  });
});
