/**
 * Where a ZIP archive's directory lies: said at its end, in 16 and 32 bits, and in 64 bits before that where those do not
 * suffice.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';

export interface ZipDirectory {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

/** Bytes of the three records; a comment of up to 2^16 − 1 bytes may follow the end. */
const endBytes = 22;
const locatorBytes = 20;
const longEndBytes = 56;
const longestComment = 0xffff;

/** A directory of more is none of a checkpoint: 2^24 bytes name some hundred thousand tensors. */
const largestDirectory = 2 ** 24;

/**
 * Finds the directory.
 * @throws CheckpointError (as a rejection) when the file has no end of an archive, or an impossible one
 */
export async function findZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const { name: file, size } = source;
  const tailStart = Math.max(0, size - endBytes - longestComment);
  const bytes = await source.read(tailStart, size - tailStart);
  const tail = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = findEnd(tail);
  if (at === undefined) {
    const got = size === 0 ? 'an empty file' : 'no end of an archive; the file is cut short, or of PyTorch before 1.6';
    throw new CheckpointError({ file }, `expected a ZIP archive, got ${got}`);
  }
  const short: ZipDirectory = {
    entries: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const found = (await readLongEnd(source, tailStart + at)) ?? short;
  const { offset, size: length, entries } = found;
  if (!(offset + length <= tailStart + at && length <= largestDirectory && entries * 46 <= length)) {
    const got = `${entries} entries in ${length} bytes at ${offset}`;
    throw new CheckpointError({ file }, `expected a directory inside a ZIP archive of ${size} bytes, got ${got}`);
  }
  return found;
}

/** The last place where an end record stands whose comment reaches exactly to the end of the file. */
function findEnd(tail: DataView): number | undefined {
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    if (at + endBytes + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return undefined;
}

/** The 64-bit record, where a locator stands before the end. PyTorch writes it for small archives too. */
async function readLongEnd(source: ByteSource, end: number): Promise<ZipDirectory | undefined> {
  if (end < locatorBytes) return undefined;
  const locator = await readView(source, end - locatorBytes, locatorBytes);
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  if (!(at + longEndBytes <= end - locatorBytes)) {
    throw new CheckpointError({ file: source.name }, `expected a ZIP64 record before ${end}, got one at ${at}`);
  }
  const record = await readView(source, at, longEndBytes);
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw new CheckpointError({ file: source.name }, `expected a ZIP64 record at ${at}, got something else`);
  }
  const number = (place: number) => Number(record.getBigUint64(place, true));
  return { entries: number(32), size: number(40), offset: number(48) };
}

async function readView(source: ByteSource, offset: number, length: number): Promise<DataView> {
  const bytes = await source.read(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
