/**
 * ZIP archives of stored entries, as PyTorch writes them: data begins at multiples of 64 bytes, by padding in the local
 * header's extra field; directory and end in 32 or 64 bits.
 */
import type { Bytes } from './bytes.ts';
import { joined, u16, u32, u64, utf8 } from './bytes.ts';

export interface ZipEntryParts {
  readonly name: string;
  readonly data: Uint8Array;
  /** Lies, for tests: fields of the central header. */
  readonly method?: number;
  readonly flags?: number;
  readonly unpacked?: number;
}

export interface ZipWriting {
  /** Sizes and offsets in ZIP64 fields and records. */
  readonly zip64?: boolean;
  readonly alignment?: number;
  readonly comment?: string;
}

export function zipBytes(entries: readonly ZipEntryParts[], writing: ZipWriting = {}): Uint8Array {
  const { zip64 = false, alignment = 64, comment = '' } = writing;
  const parts: Bytes[] = [];
  const central: Bytes[] = [];
  let at = 0;
  for (const entry of entries) {
    const local = localHeader(entry, at, alignment);
    central.push(centralHeader(entry, at, zip64));
    parts.push(local, entry.data);
    at += local.length + entry.data.length;
  }
  const directory = joined(central);
  const end = at + directory.length;
  const long = zip64 ? longEnd(entries.length, directory.length, at, end) : [];
  return joined([...parts, directory, long, shortEnd(entries.length, directory.length, at, { zip64, comment })]);
}

/** Sizes stand in the directory alone (flag 3), as PyTorch has it. */
function localHeader({ name }: ZipEntryParts, at: number, alignment: number): Uint8Array {
  const bytes = utf8(name);
  const before = at + 30 + bytes.length + 4;
  const padding = (alignment - (before % alignment)) % alignment;
  const extra = joined([utf8('FB'), u16(padding), new Uint8Array(padding).fill(0x5a)]);
  const fields = [u32(0x04034b50), u16(0), u16(0x0808), u16(0), u32(0), u32(0), u32(0), u32(0)];
  return joined([...fields, u16(bytes.length), u16(extra.length), bytes, extra]);
}

function centralHeader(entry: ZipEntryParts, offset: number, zip64: boolean): Uint8Array {
  const { name, data, method = 0, flags = 0x0808, unpacked = data.length } = entry;
  const bytes = utf8(name);
  const extra = zip64 ? joined([u16(1), u16(24), u64(unpacked), u64(data.length), u64(offset)]) : [];
  const sizes = zip64 ? [u32(0xffffffff), u32(0xffffffff)] : [u32(data.length), u32(unpacked)];
  return joined([
    ...[u32(0x02014b50), u16(0), u16(0), u16(flags), u16(method), u32(0), u32(0), ...sizes],
    ...[u16(bytes.length), u16(extra.length), u16(0), u16(0), u16(0), u32(0), u32(zip64 ? 0xffffffff : offset)],
    ...[bytes, extra],
  ]);
}

function longEnd(entries: number, size: number, offset: number, at: number): Uint8Array {
  const record = [u32(0x06064b50), u64(44), u16(0), u16(0), u32(0), u32(0), u64(entries), u64(entries), u64(size)];
  return joined([...record, u64(offset), u32(0x07064b50), u32(0), u64(at), u32(1)]);
}

function shortEnd(
  entries: number,
  size: number,
  offset: number,
  { zip64, comment }: { zip64: boolean; comment: string },
): Uint8Array {
  const short = (value: number) => (zip64 ? 0xffff : value);
  const long = (value: number) => (zip64 ? 0xffffffff : value);
  const bytes = utf8(comment);
  const counts = [u16(0), u16(0), u16(short(entries)), u16(short(entries))];
  return joined([u32(0x06054b50), ...counts, u32(long(size)), u32(long(offset)), u16(bytes.length), bytes]);
}
