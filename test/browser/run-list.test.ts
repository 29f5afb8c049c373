/**
 * The page without a driver: a static server that knows no ranges, requests in the address, results by POST.
 */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, WorkRequest } from '../../src/browser/protocol.ts';
import { buildDist } from './build-dist.ts';
import { chromiumPath, launchChromium } from './chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' },
};

describe.skipIf(chromiumPath === undefined)('a page that runs what its address says', () => {
  let server: Server;
  let take: (body: string) => void;
  const posted = new Promise<string>((resolve) => {
    take = resolve;
  });

  beforeAll(async () => {
    await buildDist();
    server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      if (request.method === 'POST' && pathname === '/result') take(await text(request));
      const bytes = request.method === 'POST' ? '' : await readFile(join(root, pathname)).catch(() => undefined);
      response.setHeader('Content-Type', types[extname(pathname)] ?? 'application/octet-stream');
      response.statusCode = bytes === undefined ? 404 : 200;
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }, 60_000);
  afterAll(() => server?.close());

  test('posts every result and every error, in order', async () => {
    const requests: WorkRequest[] = [
      { type: 'load', backend: 'wasm', model: { url: 'models/tiny-shakespeare' } },
      { type: 'generate', prompt: 'ROMEO:', maxTokens: 12, sampling: { temperature: 0 } },
      { type: 'load', backend: 'wasm', model: { url: 'models/nowhere' } },
      { type: 'dispose' },
    ];
    const { port } = server.address() as AddressInfo;
    const query = encodeURIComponent(JSON.stringify(requests));
    const browser = await launchChromium();
    try {
      await (await browser.newPage()).goto(`http://127.0.0.1:${port}/src/browser/page.html?run=${query}`);
      const { results } = JSON.parse(await posted) as { readonly results: readonly Answer[] };
      expect(results.map(({ id, type }) => [id, type])).toEqual([
        ...[
          [0, 'result'],
          [1, 'result'],
          [2, 'error'],
          [3, 'result'],
        ],
      ]);
      expect(results[1]).toMatchObject({ backend: 'wasm', result: { text: '\nI will not ' } });
    } finally {
      await browser.close();
    }
  });
});
