/**
 * The conformance suite, and engines as a whole, on a backend by name, in this process or in a browser.
 */
import { openGpuTarget } from '../api/open-gpu.ts';
import { verifyTarget } from '../api/verify-target.ts';
import type { SuiteRow, Target } from '../oracle/index.ts';
import { createWasmTarget, referenceTarget } from '../oracle/index.ts';
import { createWasmBackend } from '../wasm/backend.ts';
import { nodeHost } from '../wasm/host.node.ts';
import type { BackendName, BrowserBackend, HereBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';
import { openRenderingPage } from './browser-model.ts';

export interface VerificationWatch {
  readonly signal: AbortSignal;
  /** Checks. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface Verification {
  readonly device: string;
  readonly rows: readonly SuiteRow[];
}

/** @throws UnsupportedError or UnavailableError when the backend is not there */
export function runVerification(
  backend: BackendName,
  problems: number,
  watch: VerificationWatch,
): Promise<Verification> {
  return isBrowserBackend(backend) ? verifyInBrowser(backend, problems, watch) : verifyHere(backend, problems, watch);
}

async function verifyHere(backend: HereBackend, problems: number, watch: VerificationWatch): Promise<Verification> {
  const { target, dispose } = await openTarget(backend);
  try {
    return { device: target.device, rows: await verifyTarget(target, problems, watch) };
  } finally {
    dispose();
  }
}

async function openTarget(backend: HereBackend): Promise<{ readonly target: Target; dispose(): void }> {
  if (backend === 'reference') return { target: referenceTarget, dispose() {} };
  if (backend === 'headlessgl') return openGpuTarget(backend);
  const opened = await createWasmBackend(nodeHost);
  return { target: createWasmTarget(opened), dispose: () => opened.dispose() };
}

async function verifyInBrowser(backend: BrowserBackend, problems: number, { signal, onProgress }: VerificationWatch) {
  const page = await openRenderingPage(backend, { signal });
  try {
    const report = ({ done, total }: { readonly done: number; readonly total: number }) => onProgress(done, total);
    const request = { type: 'verify', backend, problems } as const;
    const { device, result } = await page.connection.request(request, { signal, onProgress: report });
    // JSON has no infinity.
    const rows = result.map((row) => ({ ...row, worst: row.worst ?? Infinity }));
    return { device: device ?? page.renderer, rows };
  } finally {
    await page.close();
  }
}
