import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, removeFolders } from '../../src/disk/make-folder.node.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mamba-ts-disk-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('makeFolder', () => {
  it('makes what is missing and says what that was; a second time makes nothing', async () => {
    const path = join(root, 'a/b/c');
    expect(await makeFolder(path)).toEqual([join(root, 'a'), join(root, 'a/b'), path]);
    expect(await makeFolder(path)).toEqual([]);
    expect(await makeFolder(join(root, 'a/d'))).toEqual([join(root, 'a/d')]);
    await symlink(join(root, 'a'), join(root, 'link'));
    expect(await makeFolder(join(root, 'link'))).toEqual([]);
  });

  it('of several at once each folder is made by one, and all succeed', async () => {
    const path = join(root, 'a/b/c/d');
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    expect(made.flat().toSorted()).toEqual([join(root, 'a'), join(root, 'a/b'), join(root, 'a/b/c'), path]);
  });

  it('ends with what the system says, whatever that is, and leaves nothing', async () => {
    await writeFile(join(root, 'file'), '');
    await symlink(join(root, 'nowhere'), join(root, 'dangling'));
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder(join(root, 'dangling'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'a', 'b', 'x'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    expect((await readdir(root)).toSorted()).toEqual(['dangling', 'file']);
  });

  // Node's recursive mkdir never comes back from this.
  it.runIf(existsSync('/proc/self'))('ends where a system has no such file below a parent that exists', async () => {
    await expect(makeFolder('/proc/mamba-ts')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/proc/mamba-ts/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('removeFolders', () => {
  it('takes away what was made, but nothing that somebody has put something into', async () => {
    const made = await makeFolder(join(root, 'a/b/c'));
    await mkdir(join(root, 'a/theirs'));
    await removeFolders(made);
    expect(await readdir(join(root, 'a'))).toEqual(['theirs']);
  });
});
