/**
 * Where bytes come from: a file, an array, later a download. A reader sees nothing but ranges of bytes, so that a
 * model larger than memory can be read piece by piece.
 */
import { CheckpointError } from './checkpoint-error.ts';

export interface ByteSource {
  /** What errors call it: a path or a name. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * The bytes [offset, offset + length), exactly `length` of them, possibly a view: do not write to them.
   * @throws CheckpointError (as a rejection) when the range leaves the source, or when reading fails
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. What it reads are views, not copies. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  const size = bytes.length;
  return {
    name,
    size,
    async read(offset, length) {
      expectRange({ name, size }, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** @throws CheckpointError unless [offset, offset + length) lies inside the source. Written so that NaN fails. */
export function expectRange({ name, size }: { name: string; size: number }, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!(whole && offset >= 0 && length >= 0 && length <= size - offset)) {
    throw new CheckpointError({ file: name }, `expected ${length} bytes at ${offset}, got a file of ${size} bytes`);
  }
}
