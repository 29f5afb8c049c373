/**
 * A file while it is being loaded: what is there, and the checksum of it so far.
 */
import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { constants, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../disk/make-folder.node.ts';
import { startHash } from './checksum.node.ts';
import { onDisk } from './disk.node.ts';
import type { Checksum } from './etag.ts';
import { HubError } from './hub-error.ts';

export interface PartialFile {
  /** Bytes that are there. */
  readonly done: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Back to nothing. */
  restart(): Promise<void>;
  /** Whether these are the bytes the checksum is of. */
  isRight(): boolean;
  /** Gives the file its final name, once its bytes have reached the disk. */
  finish(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Bytes read at once when a part that was left is added up. */
const readBytes = 2 ** 20;

/**
 * Opens what an interrupted pull has left, or nothing yet. A part that is longer than the whole is no part of it.
 * @throws HubError for whatever the file system refuses
 */
export async function openPartial(path: string, size: number, checksum: Checksum): Promise<PartialFile> {
  await onDisk(path, () => makeFolder(dirname(path)));
  // A link in its place is not followed.
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const handle = await onDisk(path, () => open(path, flags, 0o644));
  try {
    const partial = new OpenPartial(path, handle, () => startHash(checksum, size), checksum.hex);
    await partial.takeUp(size);
    return partial;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class OpenPartial implements PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #start: () => Hash;
  readonly #hex: string;
  #hash: Hash;
  #done = 0;

  constructor(path: string, handle: FileHandle, start: () => Hash, hex: string) {
    this.#path = path;
    this.#handle = handle;
    this.#start = start;
    this.#hex = hex;
    this.#hash = start();
  }

  get done(): number {
    return this.#done;
  }

  /** Adds up what is there. */
  async takeUp(size: number): Promise<void> {
    const found = await onDisk(this.#path, () => this.#handle.stat());
    if (!found.isFile()) throw new HubError('disk', `${this.#path}: expected a file, got something else; remove it`);
    if (found.size > size) return this.restart();
    const buffer = new Uint8Array(readBytes);
    while (this.#done < found.size) {
      const { bytesRead } = await onDisk(this.#path, () => this.#handle.read(buffer, 0, readBytes, this.#done));
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#done += bytesRead;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await onDisk(this.#path, async () => {
      for (let written = 0; written < bytes.length; ) {
        const at = this.#done + written;
        written += (await this.#handle.write(bytes, written, bytes.length - written, at)).bytesWritten;
      }
    });
    this.#hash.update(bytes);
    this.#done += bytes.length;
  }

  async restart(): Promise<void> {
    await onDisk(this.#path, () => this.#handle.truncate(0));
    this.#hash = this.#start();
    this.#done = 0;
  }

  isRight(): boolean {
    return this.#hash.copy().digest('hex') === this.#hex;
  }

  async finish(path: string): Promise<void> {
    await onDisk(path, async () => {
      await this.#handle.datasync();
      // If another process has taken over and began its own, its file has our name now and is not ours to move.
      const [ours, there] = await Promise.all([this.#handle.stat(), stat(this.#path)]);
      if (ours.ino !== there.ino) throw new HubError('busy', `${path}: another process loads it too; run it again`);
      await rename(this.#path, path);
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Takes a part away for good. */
export async function removePartial(path: string): Promise<void> {
  await onDisk(path, () => rm(path, { force: true }));
}
