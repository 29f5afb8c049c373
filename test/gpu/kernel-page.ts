/**
 * An empty page of a Chromium that computes in software, with GPU.js and {@link compileEvery}. Every address is answered
 * from here; there is no server.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { GpuMode } from '../../gpu/modes.ts';
import { browserFlags } from '../../src/browser/browser-flags.ts';
import { findBrowser } from '../../src/browser/find-browser.node.ts';
import type { BuildName } from './builds.ts';
import { moduleText } from './builds.ts';
import type { Compiled, Form } from './every-kernel.ts';

/** https, without which there is no WebGPU. */
const origin = 'https://kernels.test';
const gpuJs = fileURLToPath(new URL('../../node_modules/gpu.js/dist/gpu-browser.min.js', import.meta.url));

export interface KernelPage {
  compileEvery(build: BuildName, mode: GpuMode, form: Form): Promise<Compiled[]>;
  close(): Promise<void>;
}

export async function openKernelPage(): Promise<KernelPage> {
  const args = browserFlags({ platform: process.platform, software: true, root: process.getuid?.() === 0 });
  const browser: Browser = await chromium.launch({ executablePath: findBrowser(), args: [...args] });
  const page = await browser.newPage();
  await serve(page);
  await page.goto(`${origin}/`);
  await page.addScriptTag({ path: gpuJs });
  return {
    compileEvery: async (build, mode, form) => {
      const [check, modules] = ['/test/gpu/every-kernel.ts', `/build/${build}.js`];
      const call = `compileEvery(GPU, await import('${modules}'), '${mode}', '${form}')`;
      return page.evaluate<Compiled[]>(`import('${check}').then(async ({ compileEvery }) => ${call})`);
    },
    close: () => browser.close(),
  };
}

async function serve(page: Page): Promise<void> {
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' });
    const body = await moduleText(pathname).catch(() => undefined);
    return body === undefined
      ? route.fulfill({ status: 404 })
      : route.fulfill({ contentType: 'text/javascript', body });
  });
}
