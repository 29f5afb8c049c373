/**
 * Little-endian numbers read one after another from bytes in memory. Nothing is read beyond the end: whoever made the
 * cursor says what error that is.
 */

export interface ByteCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** The error for `length` bytes that are not there. */
  readonly missing: (length: number, at: number) => Error;
}

export function byteCursor(bytes: Uint8Array, missing: ByteCursor['missing']): ByteCursor {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, missing };
}

/** Steps over `length` bytes. @returns where they begin. Written so that NaN fails. */
export function step(cursor: ByteCursor, length: number): number {
  const { at, bytes } = cursor;
  if (!(length >= 0 && length <= bytes.length - at)) throw cursor.missing(length, at);
  cursor.at += length;
  return at;
}

export function readU8(cursor: ByteCursor): number {
  return cursor.view.getUint8(step(cursor, 1));
}

export function readU16(cursor: ByteCursor): number {
  return cursor.view.getUint16(step(cursor, 2), true);
}

export function readU32(cursor: ByteCursor): number {
  return cursor.view.getUint32(step(cursor, 4), true);
}

export function readI32(cursor: ByteCursor): number {
  return cursor.view.getInt32(step(cursor, 4), true);
}

/** Numbers of 2^53 and more are rounded; they are larger than any file. */
export function readU64(cursor: ByteCursor): number {
  return Number(cursor.view.getBigUint64(step(cursor, 8), true));
}

/** A view, not a copy. */
export function readBytes(cursor: ByteCursor, length: number): Uint8Array {
  const at = step(cursor, length);
  return cursor.bytes.subarray(at, at + length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text, or nothing where the bytes are not UTF-8. */
export function readText(cursor: ByteCursor, length: number): string | undefined {
  const bytes = readBytes(cursor, length);
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
