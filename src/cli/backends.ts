/**
 * The backends by name, and where each one runs.
 */
import type { PageBackend } from '../browser/protocol.ts';
import { UsageError } from './exit.ts';

/** In this process. */
const here = ['wasm', 'reference'] as const;
/** In this process too, through the packages gpu.js and gl. */
const headless = 'headlessgl';
/** In an installed browser. */
const inBrowser = ['webgl', 'webgl2', 'webgpu'] as const;

export type BrowserBackend = (typeof inBrowser)[number] & PageBackend;
export type HereBackend = (typeof here)[number] | typeof headless;
export type BackendName = HereBackend | BrowserBackend;

export const backendNames: readonly BackendName[] = [...here, headless, ...inBrowser];

export function isBrowserBackend(name: BackendName): name is BrowserBackend {
  return (inBrowser as readonly string[]).includes(name);
}

/** @throws UsageError for an unknown one */
export function parseBackend(name: string): BackendName {
  const known = backendNames.find((backend) => backend === name);
  if (known !== undefined) return known;
  throw new UsageError(`--backend expected ${backendNames.join(', ')}, got ${JSON.stringify(name)}`);
}
