/**
 * The bytes of one file into the cache, exactly once however many processes want them: under a lock, in as many requests
 * as it takes, and with a final name only when their sum is right.
 */
import { stat } from 'node:fs/promises';
import { Backoff } from './backoff.ts';
import { blobPath, lockPath, partialPath } from './cache-paths.node.ts';
import { HubError } from './hub-error.ts';
import type { Lock } from './lock.node.ts';
import { takeLock } from './lock.node.ts';
import type { PartialFile } from './partial-file.node.ts';
import { openPartial, removePartial } from './partial-file.node.ts';
import type { Reception } from './receive.node.ts';
import { receive } from './receive.node.ts';
import type { Client, RemoteFile } from './remote-file.ts';

export interface LoadOptions {
  readonly client: Client;
  readonly cache: string;
  /** Bytes of this file that are there. */
  readonly onBytes: (done: number) => void;
  /** Told when another process is loading this file, and has to be waited for. */
  readonly onWait: () => void;
}

/** A file that came wrong so often is wrong where it comes from. */
const mostWrongSums = 2;

/** Whether the bytes are in the cache; of the right length, since other programs write there too. */
export async function hasBlob(cache: string, { repo, checksum, size }: RemoteFile): Promise<boolean> {
  const found = await stat(blobPath(cache, repo.id, checksum.hex)).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
}

/** Bytes that an interrupted pull has left of a file. */
export async function partialBytes(cache: string, { repo, checksum, size }: RemoteFile): Promise<number> {
  const found = await stat(partialPath(cache, repo.id, checksum.hex)).catch(() => undefined);
  return found !== undefined && found.size <= size ? found.size : 0;
}

/** @throws HubError when it cannot be had; the signal's reason when that is aborted, and then what came stays */
export async function loadBlob(file: RemoteFile, options: LoadOptions): Promise<void> {
  const { client, cache, onWait } = options;
  const { timing, signal } = client;
  const path = lockPath(cache, file.repo.id, file.checksum.hex);
  const isDone = () => hasBlob(cache, file);
  for (let done = false; !done; ) {
    const lock = await takeLock(path, { timing, signal, isDone, onWait });
    if (lock === undefined) return;
    try {
      done = await loadLocked(file, lock, options);
    } finally {
      await lock.release();
    }
  }
}

/** False when the lock was lost on the way, since this process slept too long. */
async function loadLocked(file: RemoteFile, lock: Lock, options: LoadOptions): Promise<boolean> {
  const { cache } = options;
  const { id } = file.repo;
  const { hex } = file.checksum;
  const path = partialPath(cache, id, hex);
  if (lock.seized) await removePartial(path);
  const partial = await openPartial(path, file.size, file.checksum);
  try {
    await fill(file, partial, options);
    if (!(await lock.isHeld())) return false;
    await partial.finish(blobPath(cache, id, hex));
    return true;
  } finally {
    await partial.close();
  }
}

/** The whole file, again when its sum is wrong: a bit may have flipped on the way. */
async function fill(file: RemoteFile, partial: PartialFile, { client, onBytes }: LoadOptions): Promise<void> {
  for (let wrongSums = 0; wrongSums <= mostWrongSums; wrongSums++) {
    await receiveAll({ file, partial, client, onBytes: () => onBytes(partial.done) });
    if (partial.isRight()) return;
    await partial.restart();
    onBytes(0);
  }
  const { algorithm, hex } = file.checksum;
  const name = `${file.repo.id}/${file.name}`;
  const tries = `${mostWrongSums + 1} times`;
  throw new HubError('checksum', `${name}: expected ${algorithm} ${hex}, got other bytes ${tries}; try again later`);
}

/** Requests until all is there. Those that bring nothing new are counted, those that do are not. */
async function receiveAll(reception: Reception): Promise<void> {
  const { file, partial, client } = reception;
  const backoff = new Backoff(client);
  let furthest = partial.done;
  while (partial.done < file.size) {
    try {
      await receive(reception);
    } catch (error) {
      if (partial.done > furthest) backoff.progressed();
      furthest = Math.max(furthest, partial.done);
      await backoff.failed(error);
    }
  }
}
