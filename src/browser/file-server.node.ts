/**
 * Serves some folders of this machine to a page on this machine, and to nobody else: on 127.0.0.1, under a path that
 * nobody can guess, for reading. With the headers by which a page may share memory, and with ranges.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseRange } from './byte-range.ts';

/** Addresses that begin with `prefix` (`dist/`) are files below `folder`. */
export interface Mount {
  readonly prefix: string;
  readonly folder: string;
}

export interface FileServer {
  /** Ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  ...{ '.js': 'text/javascript', '.mjs': 'text/javascript' },
  ...{ '.wasm': 'application/wasm', '.json': 'application/json' },
};

export async function serveFiles(mounts: readonly Mount[]): Promise<FileServer> {
  const secret = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    answer(request, response, `/${secret}/`, mounts).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${secret}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, base: string, mounts: readonly Mount[]) {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Cache-Control', 'no-store');
  const { method = 'GET', url = '/' } = request;
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405);
  const path = url.startsWith(base) ? filePath(url.slice(base.length), mounts) : undefined;
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
  if (path === undefined || !found?.isFile()) return end(response, 404);

  const range = parseRange(request.headers.range, found.size);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${found.size}`);
    return end(response, 416);
  }
  const { first, last } = range ?? { first: 0, last: found.size - 1 };
  if (range !== undefined) response.setHeader('Content-Range', `bytes ${first}-${last}/${found.size}`);
  response.setHeader('Content-Length', last - first + 1);
  response.statusCode = range === undefined ? 200 : 206;
  if (method === 'HEAD' || found.size === 0) return void response.end();
  await pipeline(createReadStream(path, { start: first, end: last }), response);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

/** The file that an address names, or undefined: outside of every mount, or with parts that could lead out of one. */
export function filePath(address: string, mounts: readonly Mount[]): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(address.split(/[?#]/, 1)[0]!);
  } catch {
    return undefined;
  }
  const mount = mounts.find(({ prefix }) => path.startsWith(prefix));
  if (mount === undefined) return undefined;
  const parts = path.slice(mount.prefix.length).split('/');
  const safe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0:]/.test(part));
  return safe ? join(mount.folder, ...parts) : undefined;
}
