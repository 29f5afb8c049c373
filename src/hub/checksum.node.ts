/**
 * The checksum of bytes that come one part after the other.
 */
import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { Checksum } from './etag.ts';

/** sha256 of the bytes; or git's sha1 of a blob: of `blob SIZE`, a zero byte and the bytes. */
export function startHash({ algorithm }: Pick<Checksum, 'algorithm'>, size: number): Hash {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}
