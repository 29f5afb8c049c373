/**
 * Where an answer sends a request on to, and whether the token may come along.
 */
import { HubError, quote } from './hub-error.ts';

export interface Hop {
  readonly url: URL;
  /** Whether the request has stayed with the host that the token is for. Once it has left it, it never returns. */
  readonly trusted: boolean;
}

export const mostHops = 10;

/** @throws HubError `redirect` when there is no usable address, or when it leaves encryption behind */
export function nextHop({ url, trusted }: Hop, location: string | null): Hop {
  const next = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol)) {
    throw new HubError('redirect', `${url.host}: expected an address to go on to, got ${quote(location ?? '')}`);
  }
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw new HubError('redirect', `${url.host}: expected a redirect to https, got one to http (${next.host})`);
  }
  return { url: next, trusted: trusted && next.origin === url.origin };
}

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
