/**
 * `mamba-ts verify` without a model: every backend that is here, one after the other.
 */
import { DeviceLostError, UnsupportedError } from '../engine/errors.ts';
import { UnavailableError } from './exit.ts';
import { writeNote, writeResult } from './output.ts';
import { createProgress } from './progress.ts';
import type { Verification, VerificationWork } from './run-verification.ts';
import { runVerification, vectorsOnce } from './run-verification.ts';
import { expectAllWell, problemLines } from './verification-problems.ts';
import type { LeftOut } from './verification-report.ts';
import { verificationReport } from './verification-report.ts';
import { verificationTable } from './verification-table.ts';
import type { Subject, VerifiedBackend } from './verify-subjects.ts';
import { allBackends, subjectsOf } from './verify-subjects.ts';

export interface BackendFlags {
  readonly backend: VerifiedBackend;
  readonly problems: number;
  readonly json?: boolean | undefined;
}

/**
 * @throws MismatchError when something is outside of its bounds or breaks down, UnavailableError when nothing that was
 * asked for is here
 */
export async function verifyBackends({ backend, problems, json }: BackendFlags, signal: AbortSignal): Promise<void> {
  const software = backend !== allBackends || process.env.MAMBA_SOFTWARE_GL === '1';
  const work = { problems, software, vectors: vectorsOnce(signal) };
  const found = await runAll(subjectsOf(backend), work, signal);
  const report = await verificationReport({ ...found, problems });
  await writeResult(json ? `${JSON.stringify(report)}\n` : verificationTable(report));
  for (const line of problemLines(report)) writeNote(line);
  expectAllWell(report);
}

interface FoundBackends {
  readonly verifications: readonly Verification[];
  readonly broken: readonly LeftOut[];
  readonly absent: readonly LeftOut[];
}

/** @throws what keeps the only subject from being here; UnavailableError when none of several is */
async function runAll(
  subjects: readonly Subject[],
  work: VerificationWork,
  signal: AbortSignal,
): Promise<FoundBackends> {
  const [verifications, broken, absent]: [Verification[], LeftOut[], LeftOut[]] = [[], [], []];
  for (const [i, subject] of subjects.entries()) {
    const place = subjects.length === 1 ? '' : ` (${i + 1} of ${subjects.length})`;
    const progress = createProgress(`${subject.name}${place}`, 'checks');
    try {
      verifications.push(await runVerification(subject, work, { signal, onProgress: progress.update }));
    } catch (error) {
      if (signal.aborted || subjects.length === 1 || !(error instanceof Error)) throw error;
      if (isAbsence(error)) absent.push({ name: subject.name, why: `${error.message}${hintFor(subject)}` });
      else broken.push({ name: subject.name, why: error.message });
    } finally {
      progress.clear();
    }
  }
  if (verifications.length === 0 && broken.length === 0) {
    const [first] = absent;
    throw new UnavailableError(`none of ${absent.map(({ name }) => name).join(', ')} runs here; ${first!.why}`);
  }
  return { verifications, broken, absent };
}

/** Node 20 knows relaxed SIMD, but wants to be asked. */
function hintFor({ name }: Subject): string {
  const old = Number.parseInt(process.versions.node, 10) < 21;
  return old && name.startsWith('relaxed') ? '; Node 20 wants --experimental-wasm-relaxed-simd' : '';
}

function isAbsence(error: Error): boolean {
  return (
    (error instanceof UnsupportedError && !(error instanceof DeviceLostError)) || error instanceof UnavailableError
  );
}
