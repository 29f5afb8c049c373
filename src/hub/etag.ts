/**
 * ETags of the hub are checksums: of a large file its sha256, of a small one git's sha1 of the blob.
 */
import { HubError, quote } from './hub-error.ts';

export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal digits; the blob's name in the cache. */
  readonly hex: string;
}

/** `"abc"` and `W/"abc"` → abc. */
export function bareEtag(etag: string): string {
  return etag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
}

/** The tag, if a range request may rely on it: weak ones do not promise equal bytes. */
export function strongEtag(etag: string | null): string | undefined {
  return etag !== null && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

/** @throws HubError `response` when the tag is no checksum: what cannot be verified is not kept */
export function parseChecksum(etag: string, where: string): Checksum {
  const hex = bareEtag(etag).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  if (/^[0-9a-f]{40}$/.test(hex)) return { algorithm: 'git-sha1', hex };
  throw new HubError('response', `${where}: expected an ETag that is a sha256 or git's sha1, got ${quote(etag)}`);
}
