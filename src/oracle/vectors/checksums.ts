/**
 * The checksums of exported files: what was changed or cut after the export is told, and no implementation is blamed for it.
 */
import type { ByteSource } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../checkpoint/index.ts';

/** sha256 in hexadecimal digits. */
export async function checksumOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes.slice());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws CheckpointError when the file is not the one that was exported with the manifest */
export async function expectChecksum(source: ByteSource, expected: string): Promise<void> {
  const got = await checksumOf(await source.read(0, source.size));
  if (got !== expected) {
    const problem = `expected sha256 ${expected}, as the manifest says, got ${got}; export the vectors anew`;
    throw new CheckpointError({ file: source.name }, problem);
  }
}
