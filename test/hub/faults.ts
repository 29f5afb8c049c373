/**
 * What can go wrong with a file on its way, and a server's sending of a file with one such fault.
 */
import type { ServerResponse } from 'node:http';
import type { Seen } from './fake-hub.ts';

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'loop' }
  | { readonly kind: 'hangUp' }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Silence after so many bytes. */
  | { readonly kind: 'stall'; readonly after: number }
  /** A 206 of other bytes than were asked for, and it says so. */
  | { readonly kind: 'wrongRange' }
  /** A 200 with the whole, whatever was asked for. */
  | { readonly kind: 'whole' }
  /** Another file of the same length under another tag, whatever was asked for. */
  | { readonly kind: 'changed' }
  /** Fewer bytes than there should be, with a length that agrees, or without any length. */
  | { readonly kind: 'short'; readonly chunked: boolean }
  /** More bytes than there should be. */
  | { readonly kind: 'long'; readonly chunked: boolean }
  | { readonly kind: 'flip'; readonly bit: number };

export interface Sending {
  readonly seen: Seen;
  readonly response: ServerResponse;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly fault: Fault | undefined;
  readonly pace: (sent: number, path: string) => Promise<void> | void;
}

const pieceBytes = 16 * 1024;

export async function sendFile(sending: Sending): Promise<void> {
  const { seen, response, fault } = sending;
  const { bytes, etag } = spoilt(sending);
  const from = rangeStart(seen, etag, fault);
  const first = fault?.kind === 'wrongRange' && from !== undefined ? Math.max(0, from - 1) : (from ?? 0);
  const rest = bytes.subarray(first);
  const body = fault?.kind === 'short' ? rest.subarray(0, rest.length >> 1) : rest;
  if (from !== undefined && first >= bytes.length) return void response.writeHead(416).end();
  response.setHeader('etag', etag);
  const silent = (fault?.kind === 'short' || fault?.kind === 'long') && fault.chunked;
  if (!silent) response.setHeader('content-length', body.length);
  if (from !== undefined) response.setHeader('content-range', `bytes ${first}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(from === undefined ? 200 : 206);
  if (seen.method === 'HEAD') return void response.end();
  await sendBody(body, sending);
}

/** The file as this fault has it. */
function spoilt({ bytes, etag, fault }: Sending): { readonly bytes: Uint8Array; readonly etag: string } {
  if (fault?.kind === 'changed') return { bytes: bytes.map((byte) => byte ^ 0x55), etag: '"changed"' };
  if (fault?.kind === 'long') return { bytes: Buffer.concat([bytes, Uint8Array.of(1, 2, 3)]), etag };
  if (fault?.kind !== 'flip' || bytes.length === 0) return { bytes, etag };
  const flipped = bytes.slice();
  const at = fault.bit % (8 * bytes.length);
  flipped[at >> 3]! ^= 1 << (at & 7);
  return { bytes: flipped, etag };
}

/** Where the asked-for range begins; undefined when the whole is to be sent. */
function rangeStart({ headers }: Seen, etag: string, fault: Fault | undefined): number | undefined {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  if (match === null || fault?.kind === 'whole') return undefined;
  const stale = headers['if-range'] !== undefined && headers['if-range'] !== etag;
  return stale && fault?.kind !== 'changed' ? undefined : Number(match[1]);
}

async function sendBody(body: Uint8Array, { seen, response, fault, pace }: Sending): Promise<void> {
  const cut = fault?.kind === 'cut' || fault?.kind === 'stall' ? fault.after : body.length;
  for (let sent = 0; sent < Math.min(cut, body.length) && !response.destroyed; ) {
    await pace(sent, seen.path);
    const piece = body.subarray(sent, Math.min(sent + pieceBytes, cut));
    await new Promise((resolve) => response.write(piece, resolve));
    sent += piece.length;
  }
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'cut') response.destroy();
  else response.end();
}
