/**
 * A server that behaves as the hub does, on two hosts: the hub itself on 127.0.0.1, and the store of large files on
 * localhost, to which it redirects. It writes down every request, and breaks on demand (faults.ts).
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './faults.ts';
import { sendFile } from './faults.ts';

/** How the hub hands out a file: itself, by way of another address of its own, or from the store. */
export type Way = 'direct' | 'relayed' | 'store';

export interface HubFile {
  readonly bytes: Uint8Array;
  readonly way: Way;
}

export interface HubModel {
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
}

export interface Seen {
  readonly host: 'hub' | 'store';
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export class FakeHub {
  readonly models = new Map<string, HubModel>();
  readonly seen: Seen[] = [];
  /** What goes wrong with a request; faults of bodies count only where a body is sent. */
  fault: (request: Seen) => Fault | undefined = () => undefined;
  /** Awaited before every 16 KiB of a body. */
  pace: (sent: number, path: string) => Promise<void> | void = () => {};
  /** Whether there is a list of files. */
  hasList = true;
  /** What it says of their sizes. */
  sizeInList: ((bytes: number) => number) | undefined = (bytes) => bytes;
  readonly #hub: Server;
  readonly #store: Server;

  private constructor() {
    const handle = (host: Seen['host']) => (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => {});
      void this.#answer(host, request, response);
    };
    this.#hub = createServer(handle('hub'));
    this.#store = createServer(handle('store'));
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    for (const server of [hub.#hub, hub.#store]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return hub;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  get store(): string {
    return `http://localhost:${(this.#store.address() as AddressInfo).port}`;
  }

  /** Requests for the bytes of files, by the host that has them. */
  bodies(): Seen[] {
    return this.seen.filter(({ method, path }) => method === 'GET' && !path.startsWith('/api/models/'));
  }

  async #answer(host: Seen['host'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '');
    const seen: Seen = { host, method: request.method ?? '', path, headers: request.headers };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault?.kind === 'status') {
      const headers = fault.headers ?? {};
      return void response.writeHead(fault.status, headers).end();
    }
    if (fault?.kind === 'loop') return void response.writeHead(302, { location: request.url }).end();
    if (fault?.kind === 'hangUp') return void request.socket.destroy();
    if (host === 'store') return this.#sendStored(seen, response, fault);
    if (path.startsWith('/api/models/')) return this.#list(path, response);
    return this.#resolve(seen, response, fault);
  }

  #list(path: string, response: ServerResponse): void {
    const [, id = '', revision = '', blobs] =
      /^\/api\/models\/(.+?)\/revision\/([^?]+)(\?blobs=true)?$/.exec(path) ?? [];
    const model = this.models.get(id);
    if (model === undefined || !this.hasList) return void response.writeHead(404).end('not here');
    if (!isRevision(model, revision)) return void response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end();
    const siblings = [...model.files].map(([rfilename, { bytes, way }]) => {
      const size = blobs === undefined ? undefined : this.sizeInList?.(bytes.length);
      return way === 'store' ? { rfilename, size, lfs: { size, pointerSize: 134 } } : { rfilename, size };
    });
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ sha: model.commit, siblings }));
  }

  async #resolve(seen: Seen, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const path = seen.path.replace(/^\/relayed/, '');
    const [, id = '', revision = '', name = ''] =
      /^\/([^/]+\/[^/]+)\/resolve\/((?:refs\/pr\/)?[^/]+)\/(.+)$/.exec(path) ?? [];
    const model = this.models.get(id);
    if (model === undefined) return void response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end();
    if (!isRevision(model, revision)) return void response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end();
    const file = model.files.get(name);
    if (file === undefined) return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();

    const etag = `"${file.way === 'store' ? sha256(file.bytes) : gitSha1(file.bytes)}"`;
    const linked = { 'x-repo-commit': model.commit, 'x-linked-etag': etag, 'x-linked-size': file.bytes.length };
    if (file.way === 'store') {
      const location = `${this.store}/${id}/${name}?signature=secret`;
      return void response.writeHead(302, { ...linked, location }).end();
    }
    if (file.way === 'relayed' && !seen.path.startsWith('/relayed')) {
      return void response.writeHead(307, { ...linked, location: `/relayed${path}` }).end();
    }
    response.setHeader('x-repo-commit', model.commit);
    await sendFile({ seen, response, bytes: file.bytes, etag, fault, pace: this.pace });
  }

  async #sendStored(seen: Seen, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const [, id = '', name = ''] = /^\/([^/]+\/[^/]+)\/(.+)\?signature=secret$/.exec(seen.path) ?? [];
    const file = this.models.get(id)?.files.get(name);
    if (file === undefined) return void response.writeHead(403).end();
    // The store's own tag: no checksum anybody knows.
    await sendFile({ seen, response, bytes: file.bytes, etag: `"stored-${name}"`, fault, pace: this.pace });
  }
}

function isRevision(model: HubModel, revision: string): boolean {
  return revision === 'main' || revision === 'refs/pr/1' || revision === model.commit;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitSha1(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
