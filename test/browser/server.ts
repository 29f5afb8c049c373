/**
 * Serves the repository to a browser on this machine: TypeScript with its types taken out, everything else as it is.
 */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.ts': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' },
};

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @param isolated sends the headers that make a page cross-origin isolated, so that it may share memory */
export async function serveRepository(isolated: boolean): Promise<PageServer> {
  const server: Server = createServer(async ({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
    try {
      const bytes = await readFile(join(root, path));
      const body = extname(path) === '.ts' ? withoutTypes(bytes.toString()) : bytes;
      response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
      if (isolated) {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function withoutTypes(source: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
