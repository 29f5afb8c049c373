/**
 * The checksums of exported files: what was changed or cut after the export is told, and no implementation is blamed for it.
 * They are against accidents and edits by hand: who changes a file and its checksum is believed.
 */
import type { ByteSource } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../checkpoint/index.ts';
import type { Manifest } from './manifest.ts';

/** sha256 in hexadecimal digits. */
export async function checksumOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes.slice());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Of what a manifest says, its own checksum left out and everything else in its order, as JSON without spaces: blanks and
 * ends of lines do not count.
 */
export function manifestChecksum(manifest: { readonly sha256: Partial<Manifest['sha256']> }): Promise<string> {
  const { manifest: _, ...others } = manifest.sha256;
  return checksumOf(new TextEncoder().encode(JSON.stringify({ ...manifest, sha256: others })));
}

/** @throws CheckpointError when the manifest says something else than what was exported */
export async function expectManifestChecksum(manifest: Manifest, file: string): Promise<void> {
  expectSame(await manifestChecksum(manifest), manifest.sha256.manifest, file);
}

/** @throws CheckpointError when the file is not the one that was exported with the manifest */
export async function expectChecksum(source: ByteSource, expected: string): Promise<void> {
  expectSame(await checksumOf(await source.read(0, source.size)), expected, source.name);
}

function expectSame(got: string, expected: string, file: string): void {
  if (got === expected) return;
  const problem = `expected sha256 ${expected}, as the manifest says, got ${got}; export the vectors anew`;
  throw new CheckpointError({ file }, problem);
}
