/**
 * Where things are in the cache, which is shared with Python's huggingface_hub:
 *
 *   models--ORG--NAME/blobs/CHECKSUM               the bytes, once
 *   models--ORG--NAME/snapshots/COMMIT/FILE        a relative link to its blob
 *   models--ORG--NAME/refs/REVISION                the commit a branch was at
 *   models--ORG--NAME/.mamba-ts/COMMIT.sizes.json  the files' sizes (ours alone; Python does not look there)
 *   .locks/models--ORG--NAME/CHECKSUM.mamba-ts.lock
 *
 * Partial files and locks have names of our own, `.mamba-ts.` in them: Python locks with flock, which Node does not have,
 * so that the two must not write into the same partial file.
 */
import { join } from 'node:path';
import type { RepoId } from './repo-id.ts';
import { cacheFolderName } from './repo-id.ts';

export function repoFolder(cache: string, id: string): string {
  return join(cache, cacheFolderName(id));
}

export function blobPath(cache: string, id: string, checksum: string): string {
  return join(repoFolder(cache, id), 'blobs', checksum);
}

/** What of a blob has been loaded so far. */
export function partialPath(cache: string, id: string, checksum: string): string {
  return `${blobPath(cache, id, checksum)}.mamba-ts.incomplete`;
}

export function snapshotFolder(cache: string, id: string, commit: string): string {
  return join(repoFolder(cache, id), 'snapshots', commit);
}

/** What the hub said of the sizes of a snapshot's files. */
export function sizesPath(cache: string, id: string, commit: string): string {
  return join(repoFolder(cache, id), '.mamba-ts', `${commit}.sizes.json`);
}

export function refPath(cache: string, { id, revision }: RepoId): string {
  return join(repoFolder(cache, id), 'refs', ...revision.split('/'));
}

export function locksFolder(cache: string, id: string): string {
  return join(cache, '.locks', cacheFolderName(id));
}

export function lockPath(cache: string, id: string, checksum: string): string {
  return join(locksFolder(cache, id), `${checksum}.mamba-ts.lock`);
}
