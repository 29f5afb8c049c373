/**
 * The vectors, random problems and small models on one subject, in this process or in a browser.
 */
import { isSoftware } from '../../gpu/software.ts';
import { drawVectors } from '../api/drawn-vectors.ts';
import { openGpuTarget } from '../api/open-gpu.ts';
import type { TargetVerdict } from '../api/verify-target.ts';
import { verifyTarget } from '../api/verify-target.ts';
import { withInfinities } from '../browser/verdict-message.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { Target, TargetVectors } from '../oracle/index.ts';
import { createWasmTarget, referenceTarget } from '../oracle/index.ts';
import { createWasmBackend } from '../wasm/backend.ts';
import { nodeHost } from '../wasm/host.node.ts';
import type { BrowserBackend } from './backends.ts';
import { isBrowserBackend } from './backends.ts';
import { openRenderingPage } from './browser-model.ts';
import { UnavailableError } from './exit.ts';
import { loadEmbedded } from './load-embedded.ts';
import type { Subject } from './verify-subjects.ts';

export interface VerificationWatch {
  readonly signal: AbortSignal;
  /** Cases and rows of problems. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface Verification {
  readonly subject: Subject;
  /** Build and threads, or the renderer. */
  readonly device: string;
  readonly browser?: string;
  readonly verdict: TargetVerdict;
}

export interface VerificationWork {
  /** How many an operation. */
  readonly problems: number;
  /** Browsers that render on the CPU are taken too. */
  readonly software: boolean;
  /** Drawn once for all subjects in this process; a page draws its own. */
  readonly vectors: () => Promise<TargetVectors>;
}

/** It was here, and broke down at work. */
export class BrokenDownError extends Error {
  override readonly name = 'BrokenDownError';
}

/** @throws UnsupportedError or UnavailableError when the subject is not here, BrokenDownError when it breaks down at work */
export function runVerification(
  subject: Subject,
  work: VerificationWork,
  watch: VerificationWatch,
): Promise<Verification> {
  const { backend } = subject;
  return isBrowserBackend(backend) ? verifyInBrowser(subject, backend, work, watch) : verifyHere(subject, work, watch);
}

/** {@link VerificationWork.vectors} */
export function vectorsOnce(signal: AbortSignal): () => Promise<TargetVectors> {
  let drawn: Promise<TargetVectors> | undefined;
  const draw = async () => drawVectors(await loadEmbedded(), signal);
  return () => {
    drawn ??= draw();
    return drawn;
  };
}

async function verifyHere(
  subject: Subject,
  { problems, vectors }: VerificationWork,
  watch: VerificationWatch,
): Promise<Verification> {
  const { target, dispose } = await openTarget(subject);
  try {
    const work = { vectors: await vectors(), problems };
    const verdict = await verifyTarget(target, work, watch).catch(brokenDown);
    return { subject, device: target.device, verdict };
  } finally {
    dispose();
  }
}

async function openTarget({ backend, build }: Subject): Promise<{ readonly target: Target; dispose(): void }> {
  if (backend === 'reference') return { target: referenceTarget, dispose() {} };
  if (backend === 'headlessgl') return openGpuTarget(backend);
  const opened = await createWasmBackend(nodeHost, { build });
  return { target: createWasmTarget(opened), dispose: () => opened.dispose() };
}

function brokenDown(error: unknown): never {
  if (isAbsence(error) || !(error instanceof Error)) throw error;
  throw new BrokenDownError(error.message, { cause: error });
}

/** What was asked for is not here. */
export function isAbsence(error: unknown): error is Error {
  return error instanceof UnsupportedError || error instanceof UnavailableError;
}

async function verifyInBrowser(
  subject: Subject,
  backend: BrowserBackend,
  { problems, software }: VerificationWork,
  { signal, onProgress }: VerificationWatch,
): Promise<Verification> {
  const page = await openRenderingPage(backend, { signal });
  try {
    if (!software && isSoftware(page.renderer)) {
      const cure = `--backend ${backend} or MAMBA_SOFTWARE_GL=1 checks it all the same, which takes a minute`;
      throw new UnavailableError(`${page.browser} finds no GPU, only ${page.renderer}; ${cure}`);
    }
    const report = ({ done, total }: { readonly done: number; readonly total: number }) => onProgress(done, total);
    const request = { type: 'verify', backend, problems } as const;
    const asked = page.connection.request(request, { signal, onProgress: report });
    const { device, result } = await asked.catch(brokenDown);
    const verdict = withInfinities(result!);
    return { subject, device: device ?? page.renderer, browser: page.browser, verdict };
  } finally {
    await page.close();
  }
}
