/**
 * The directory of a ZIP archive whose entries are stored as they are, as PyTorch writes them. Nothing is unpacked.
 *
 *   (local header · data)* · central directory · [ZIP64 end · ZIP64 locator] · end
 *
 * Source: PKWARE APPNOTE 6.3.10, §§4.3.6–4.3.16, 4.5.3. Checksums are not: PyTorch can be told to write none.
 */
import type { ByteCursor } from './byte-cursor.ts';
import { byteCursor, readText, readU16, readU64, step } from './byte-cursor.ts';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { findZipDirectory } from './zip-end.ts';

export interface ZipEntry {
  readonly name: string;
  /** Bytes of its data. */
  readonly size: number;
  /** Where its local header begins, and where the next entry or the directory does. */
  readonly header: number;
  readonly limit: number;
}

/** Bytes that a central header and a local header have at least. */
const centralBytes = 46;
const localBytes = 30;
/** Flags without meaning for stored data: sizes behind the data (the directory has them too), names in UTF-8. */
const harmlessFlags = 0x0808;

/**
 * Reads the directory: names are different, entries are stored, whole and apart from each other.
 * @throws CheckpointError (as a rejection) when the file is no such archive
 */
export async function openZip(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { name: file } = source;
  const { offset, size, entries } = await findZipDirectory(source);
  const cursor = byteCursor(await source.read(offset, size), () => refusal(file, 'is cut short'));
  const found: Omit<ZipEntry, 'limit'>[] = [];
  const names = new Set<string>();
  for (let i = 0; i < entries; i++) {
    const entry = readCentralHeader(cursor, file);
    if (names.has(entry.name)) throw refusal(file, `has ${quote(entry.name)} twice`);
    names.add(entry.name);
    found.push(entry);
  }
  if (cursor.at !== size) throw refusal(file, `has ${size - cursor.at} bytes behind its ${entries} entries`);

  found.sort((p, q) => p.header - q.header);
  const limits = [...found.slice(1).map(({ header }) => header), offset];
  const whole = found.map((entry, i): ZipEntry => ({ ...entry, limit: limits[i]! }));
  for (const { name, size: bytes, header, limit } of whole) {
    if (bytes + localBytes <= limit - header) continue;
    throw refusal(file, `has ${quote(name)}, of ${bytes} bytes at ${header}, where only ${limit - header} are free`);
  }
  return new Map(whole.map((entry) => [entry.name, entry]));
}

/**
 * Where an entry's data begins: behind its local header, whose length only that header says.
 * @throws CheckpointError (as a rejection) when there is no local header, or the data leaves the entry's place
 */
export async function dataOffset(source: ByteSource, { name, size, header, limit }: ZipEntry): Promise<number> {
  const bytes = await source.read(header, localBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, localBytes);
  if (view.getUint32(0, true) !== 0x04034b50) {
    throw refusal(source.name, `has ${quote(name)} at ${header}, where no entry begins`);
  }
  const begin = header + localBytes + view.getUint16(26, true) + view.getUint16(28, true);
  if (size <= limit - begin) return begin;
  throw refusal(source.name, `has ${quote(name)}, whose ${size} bytes at ${begin} run into what follows at ${limit}`);
}

function readCentralHeader(cursor: ByteCursor, file: string): Omit<ZipEntry, 'limit'> {
  const start = step(cursor, centralBytes);
  const u16 = (at: number) => cursor.view.getUint16(start + at, true);
  const u32 = (at: number) => cursor.view.getUint32(start + at, true);
  if (u32(0) !== 0x02014b50) throw refusal(file, `has no entry at byte ${start} where one should be`);
  const name = readText(cursor, u16(28));
  if (name === undefined) throw refusal(file, `has a name at byte ${start} that is not UTF-8`);
  const extraEnd = cursor.at + u16(30);
  const [unpacked, packed, header] = readLongSizes(cursor, extraEnd, [u32(24), u32(20), u32(42)]);
  step(cursor, u16(32)); // the comment

  if ((u16(8) & ~harmlessFlags) !== 0) throw refusal(file, `has ${quote(name)} with flags ${u16(8)}, encrypted maybe`);
  if (u16(10) !== 0)
    throw refusal(file, `has ${quote(name)} compressed (method ${u16(10)}), stored ones are supported`);
  if (packed !== unpacked) throw refusal(file, `has ${quote(name)} of ${packed} bytes that should be ${unpacked}`);
  return { name, size: unpacked!, header: header! };
}

/** What a ZIP64 field (id 1) says instead of sizes of 2^32 − 1, in this order. Steps over all extra fields. */
function readLongSizes(cursor: ByteCursor, end: number, short: readonly number[]): readonly number[] {
  let sizes = short;
  while (cursor.at < end) {
    const id = readU16(cursor);
    const length = readU16(cursor);
    const next = step(cursor, length) + length;
    if (id !== 1) continue;
    cursor.at = next - length;
    sizes = short.map((size) => (size === 0xffffffff && cursor.at + 8 <= next ? readU64(cursor) : size));
    if (sizes.includes(0xffffffff) && short.includes(0xffffffff)) throw cursor.missing(8, cursor.at);
    cursor.at = next;
  }
  if (cursor.at !== end) throw cursor.missing(end - cursor.at, cursor.at);
  return sizes;
}

function refusal(file: string, got: string): CheckpointError {
  return new CheckpointError({ file }, `expected a whole ZIP archive, got one whose directory ${got}`);
}
