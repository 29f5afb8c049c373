/**
 * A blob under its name in a snapshot: a relative link, as Python makes it, so that the cache can be moved. Where links
 * are not allowed (Windows without developer mode, some shared disks) a second name of the same bytes, or a copy.
 */
import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, realpath, rename, rm, symlink } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { makeFolder } from '../disk/make-folder.node.ts';
import { onDisk } from './disk.node.ts';

/** The ways to do it, the best first; tests take some away. */
export interface LinkWays {
  readonly symlink: (target: string, path: string) => Promise<void>;
  readonly link: (existing: string, path: string) => Promise<void>;
}

/** Appears whole or not at all, and replaces what was there. @throws HubError for whatever the file system refuses */
export async function linkBlob(blob: string, path: string, ways: LinkWays = { symlink, link }): Promise<void> {
  await onDisk(path, async () => {
    const [target, there] = await Promise.all([realpath(blob), realpath(path).catch(() => undefined)]);
    if (target === there) return;
    await makeFolder(dirname(path));
    const aside = `${path}.${randomUUID()}.incomplete`;
    try {
      await makeLink(blob, aside, ways);
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  });
}

async function makeLink(blob: string, path: string, ways: LinkWays): Promise<void> {
  await ways
    .symlink(relative(dirname(path), blob), path)
    .catch(() => ways.link(blob, path))
    .catch(() => copyFile(blob, path, constants.COPYFILE_FICLONE));
}
