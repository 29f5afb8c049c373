/**
 * The conformance suite, and engines as a whole, on a backend of this browser.
 */
import { verifyTarget } from '../api/verify-target.ts';
import type { SuiteRow } from '../oracle/index.ts';
import type { EngineWatch } from './engine-session.ts';
import { openTarget } from './open-backend.ts';
import type { PageBackend } from './protocol.ts';

export interface Verified {
  readonly backend: string;
  readonly device: string;
  readonly rows: readonly SuiteRow[];
}

/** @param problems how many an operation; none: the backend is opened, and that is all */
export async function verifyBackend(name: PageBackend, problems: number, watch: EngineWatch = {}): Promise<Verified> {
  const { target, dispose } = await openTarget(name);
  try {
    const rows = problems === 0 ? [] : await verifyTarget(target, problems, watch);
    return { backend: target.name, device: target.device, rows };
  } finally {
    dispose();
  }
}
