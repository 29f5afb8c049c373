/**
 * The local server: what it gives, and what it never gives.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchSource, fetchText } from '../../src/browser/fetch-source.ts';
import type { FileServer } from '../../src/browser/file-server.node.ts';
import { filePath, serveFiles } from '../../src/browser/file-server.node.ts';

const root = mkdtempSync(join(tmpdir(), 'mamba-ts-server-'));
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
let server: FileServer;

beforeAll(async () => {
  mkdirSync(join(root, 'shown'));
  writeFileSync(join(root, 'secret'), 'secret');
  writeFileSync(join(root, 'shown', 'numbers'), bytes);
  writeFileSync(join(root, 'shown', 'empty'), '');
  writeFileSync(join(root, 'shown', 'page.html'), '<p>é');
  server = await serveFiles([{ prefix: 'files/', folder: join(root, 'shown') }]);
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

/** The path as it is: fetch and URL would take `..` out. */
function statusOf(path: string, method = 'GET'): Promise<number> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject).end();
  });
}

describe('the server', () => {
  it('gives whole files with their type and the headers that isolate a page', async () => {
    const response = await fetch(`${server.url}files/page.html`);
    expect(await response.text()).toBe('<p>é');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
  });

  it.each([
    ['bytes=0-0', 206, 'bytes 0-0/1000', 1],
    ['bytes=10-19', 206, 'bytes 10-19/1000', 10],
    ['bytes=990-2000', 206, 'bytes 990-999/1000', 10],
    ['bytes=995-', 206, 'bytes 995-999/1000', 5],
    ['bytes=-3', 206, 'bytes 997-999/1000', 3],
    ['bytes=1000-', 416, 'bytes */1000', 0],
    ['bytes=5-2', 200, null, 1000],
    ['bytes=0-1,4-5', 200, null, 1000],
  ])('answers %s with %i', async (Range, status, contentRange, length) => {
    const response = await fetch(`${server.url}files/numbers`, { headers: { Range } });
    const body = new Uint8Array(await response.arrayBuffer());
    expect([response.status, response.headers.get('Content-Range'), body.length]).toEqual([
      status,
      contentRange,
      length,
    ]);
    const first = Number(/ (\d+)-/.exec(contentRange ?? '')?.[1] ?? 0);
    expect(body).toEqual(bytes.subarray(first, first + length));
  });

  it('gives nothing outside of its folders, without its path, or for writing', async () => {
    const base = new URL(server.url).pathname;
    for (const path of ['files/../secret', 'files/%2e%2e/secret', 'files/..%2fsecret', 'files/..%5csecret']) {
      expect(await statusOf(base + path)).toBe(404);
    }
    for (const path of ['files//numbers', 'files/', 'files', 'secret', 'files/%', 'files/numbers%00']) {
      expect(await statusOf(base + path)).toBe(404);
    }
    expect(await statusOf('/files/numbers')).toBe(404);
    expect(await statusOf(`${base}files/numbers`, 'POST')).toBe(405);
    expect(await statusOf(`${base}files/numbers`, 'HEAD')).toBe(200);
  });

  it('takes the address apart by the mounts alone', () => {
    const mounts = [{ prefix: 'a/', folder: '/x' }];
    expect(filePath('a/b%20c/d?e#f', mounts)).toBe(join('/x', 'b c', 'd'));
    expect(filePath('b/c', mounts)).toBeUndefined();
    expect(filePath('a/C:/c', mounts)).toBeUndefined();
  });
});

describe('a source behind an address', () => {
  const url = (name: string) => new URL(`${server.url}files/${name}`);

  it('reads ranges, and refuses those outside of the file', async () => {
    const source = await fetchSource(url('numbers'), 'numbers');
    expect(source.size).toBe(1000);
    expect(await source.read(700, 20)).toEqual(bytes.slice(700, 720));
    expect(await source.read(1000, 0)).toEqual(new Uint8Array(0));
    await expect(source.read(990, 11)).rejects.toThrow('numbers: expected 11 bytes at 990, got a file of 1000 bytes');
  });

  it('knows empty and missing files', async () => {
    expect((await fetchSource(url('empty'), 'empty')).size).toBe(0);
    await expect(fetchSource(url('none'), 'none')).rejects.toThrow('none: expected a file, got no such file');
    await expect(fetchText(url('numbers'), 'numbers')).rejects.toThrow('expected text in UTF-8');
  });
});
