/**
 * A file as a source of bytes. Every read says its position, so that files above 2 GiB and several readers at a time
 * are no special case.
 */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { expectRange } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** One read of the system takes less than 2 GiB; longer ones are made of pieces of this size. */
const largestPiece = 2 ** 30;

/**
 * Opens a file. Close it when done.
 * @param pieceBytes most bytes asked of the system at once
 * @throws CheckpointError when there is no such file, when it is no regular file, or when it cannot be opened
 */
export async function openFileSource(path: string, pieceBytes = largestPiece): Promise<FileSource> {
  const { size } = await expectFile(path);
  const handle = await open(path, 'r').catch((cause: unknown) => refuse(path, cause));
  return {
    name: path,
    size,
    async read(offset, length) {
      expectRange({ name: path, size }, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        done += await readPiece(handle, path, bytes.subarray(done, done + pieceBytes), offset + done);
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

async function expectFile(path: string): Promise<Stats> {
  const found = await stat(path).catch((cause: unknown) => refuse(path, cause));
  if (found.isDirectory()) throw new CheckpointError({ file: path }, 'expected a file, got a folder');
  if (!found.isFile()) throw new CheckpointError({ file: path }, 'expected a regular file, got a pipe or a device');
  return found;
}

/** Reads some bytes into `bytes`, at least one. */
async function readPiece(handle: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<number> {
  const { bytesRead } = await handle
    .read(bytes, 0, bytes.length, position)
    .catch((cause: unknown) => refuse(path, cause));
  if (bytesRead === 0) {
    const problem = `expected ${bytes.length} bytes at ${position}, got the end of the file; it shrank since it was opened`;
    throw new CheckpointError({ file: path }, problem);
  }
  return bytesRead;
}

/** The system's refusal in one line. @throws CheckpointError always */
function refuse(path: string, cause: unknown): never {
  const { code } = cause as { code?: string };
  const problem = code === 'ENOENT' ? 'no such file; check the path' : `cannot be read (${code})`;
  throw new CheckpointError({ file: path, cause }, problem);
}
