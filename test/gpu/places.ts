/**
 * The four backends where they live: headless-gl in this process, the others in pages of an installed Chromium that
 * renders in software. The pages load the built package, unbundled, and test/gpu/page/ with its types taken out.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { GpuMode } from '../../gpu/modes.ts';
import { browserFlags } from '../../src/browser/browser-flags.ts';
import type { FileServer } from '../../src/browser/file-server.node.ts';
import { serveFiles } from '../../src/browser/file-server.node.ts';
import { findBrowser } from '../../src/browser/find-browser.node.ts';
import { pageMounts } from '../../src/browser/mounts.node.ts';
import { buildDist } from '../browser/build-dist.ts';
import type { calls } from './page/calls.ts';

type Calls = typeof calls;
type CallName = keyof Calls;

/** Where something can be called by name. */
export interface Place {
  call<C extends CallName>(name: C, ...given: Parameters<Calls[C]>): Promise<Awaited<ReturnType<Calls[C]>>>;
  close(): Promise<void>;
}

export async function openPlace(mode: GpuMode): Promise<Place> {
  if (mode !== 'headlessgl') return openPage();
  const { calls } = await import('./page/calls.ts');
  return {
    call: (name, ...given) => (calls[name] as (...given: unknown[]) => Promise<never>)(...given),
    close: () => calls.closeAll(),
  };
}

const scripts = fileURLToPath(new URL('page/', import.meta.url));

const html = `<!doctype html><title>mamba-ts</title><link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "gpu.js": "../dist/src/browser/gpu-js-bundle.js" } }</script>`;

/** A browser of its own: one that loses its contexts takes no other test with it. */
async function openPage(): Promise<Place> {
  const executablePath = findBrowser();
  await buildDist();
  const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-page-'));
  for (const file of readdirSync(scripts)) {
    writeFileSync(join(folder, file.replace('.ts', '.js')), scriptOf(file));
  }
  writeFileSync(join(folder, 'page.html'), html);
  const server: FileServer = await serveFiles([...pageMounts(), { prefix: 'test/', folder }]);
  const args = browserFlags({ platform: process.platform, software: true, root: process.getuid?.() === 0 });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await server.close();
    rmSync(folder, { recursive: true });
  };
  try {
    browser = await chromium.launch({ executablePath, args: [...args], timeout: 120_000 });
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${server.url}test/page.html`);
    return { call: (name, ...given) => evaluate(page, name, given), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function evaluate<R>(page: Page, name: CallName, given: readonly unknown[]): Promise<R> {
  return page.evaluate<R>(`import('./calls.js').then(({ calls }) => calls.${name}(...${JSON.stringify(given)}))`);
}

/** As JavaScript that imports the built package. */
function scriptOf(file: string): string {
  const { code } = transformSync(readFileSync(join(scripts, file), 'utf8'), { loader: 'ts', target: 'es2022' });
  return code
    .replace(/"\.\.\/\.\.\/\.\.\/((?:src|gpu)\/[^"]+)\.ts"/g, '"../dist/$1.js"')
    .replace(/"\.\/([^"]+)\.ts"/g, '"./$1.js"');
}
