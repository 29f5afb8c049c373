/**
 * The two addresses of the hub that a pull needs.
 */
import { HubError, quote } from './hub-error.ts';
import type { RepoId } from './repo-id.ts';

export const defaultEndpoint = 'https://huggingface.co';

/** @throws HubError `name` when the text is no http or https address, or holds a password */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!fits) throw new HubError('name', `HF_ENDPOINT expected an address like ${defaultEndpoint}, got ${quote(text)}`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Where one file of a revision is: it answers with its size and checksum, and leads to its bytes. */
export function fileUrl(endpoint: string, { id, revision }: RepoId, name: string): URL {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return new URL(`${endpoint}/${id}/resolve/${encodeURIComponent(revision)}/${path}`);
}

/** Where the list of a revision's files is, with their sizes. */
export function listUrl(endpoint: string, { id, revision }: RepoId): URL {
  return new URL(`${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`);
}
