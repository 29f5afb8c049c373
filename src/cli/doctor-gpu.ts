/**
 * What `mamba-ts doctor` finds out about GPUs: a browser is started as the commands start it, once for WebGL and once for
 * WebGPU, asked what renders, and closed. It computes nothing: that is `verify`'s.
 */
import { createRequire } from 'node:module';
import { openGpuBackend } from '../api/open-gpu.ts';
import type { BrowserPage } from '../browser/driver.node.ts';
import { openBrowserPage, remedy } from '../browser/driver.node.ts';
import type { BrowserBackend } from './backends.ts';

export interface Finding {
  readonly runs: boolean;
  readonly device?: string;
  /** What is missing and what would help. */
  readonly reason: string;
}

/** Those that a browser is started for in the same way. */
const inBrowser: readonly (readonly BrowserBackend[])[] = [['webgl', 'webgl2'], ['webgpu']];
const packages = { 'gpu.js': 'npm install gpu.js@2.24.1', gl: 'npm install gl' };

export type GpuFindings = Readonly<Record<BrowserBackend | 'headlessgl', Finding>>;

/** @param signal once aborted, what is missing in the findings is no fact about this machine */
export async function examineGpus(signal: AbortSignal): Promise<GpuFindings> {
  return { headlessgl: await examineHeadless(), ...(await examineBrowser(signal)) };
}

async function examineHeadless(): Promise<Finding> {
  const missing = missingPackage(['gpu.js', 'gl']);
  if (missing !== undefined) return { runs: false, reason: missing };
  try {
    const backend = await openGpuBackend('headlessgl');
    const { device } = backend;
    backend.dispose();
    return { runs: true, device, reason: 'mostly renders on the CPU' };
  } catch (error) {
    return { runs: false, reason: messageOf(error) };
  }
}

async function examineBrowser(signal: AbortSignal): Promise<Readonly<Record<BrowserBackend, Finding>>> {
  const findings: [BrowserBackend, Finding][] = [];
  for (const names of inBrowser) {
    const found = await findInBrowser(names, signal);
    names.forEach((name, i) => {
      findings.push([name, found[i]!]);
    });
  }
  return Object.fromEntries(findings) as Record<BrowserBackend, Finding>;
}

async function findInBrowser(names: readonly BrowserBackend[], signal: AbortSignal): Promise<readonly Finding[]> {
  const missing = missingPackage(['gpu.js']);
  if (missing !== undefined) return names.map(() => ({ runs: false, reason: missing }));
  let page: BrowserPage | undefined;
  try {
    page = await openBrowserPage({ backend: names[0], signal });
    const { browser, rendererOf } = page;
    return await Promise.all(names.map((backend) => examineRenderer(backend, browser, rendererOf)));
  } catch (error) {
    return names.map(() => ({ runs: false, reason: messageOf(error) }));
  } finally {
    await page?.close();
  }
}

async function examineRenderer(
  backend: BrowserBackend,
  browser: string,
  rendererOf: BrowserPage['rendererOf'],
): Promise<Finding> {
  try {
    const device = await rendererOf(backend);
    return device === null
      ? { runs: false, reason: `${browser} finds no GPU; ${remedy}` }
      : { runs: true, device, reason: browser };
  } catch (error) {
    return { runs: false, reason: messageOf(error) };
  }
}

function missingPackage(names: readonly (keyof typeof packages)[]): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  for (const name of names) {
    try {
      resolve(name);
    } catch {
      return `the package ${name} is not installed: ${packages[name]}`;
    }
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
