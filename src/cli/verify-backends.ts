/**
 * `mamba-ts verify` without a model: every backend that is here, one after the other.
 */
import { DeviceLostError } from '../engine/errors.ts';
import { UnavailableError } from './exit.ts';
import { writeJudgement, writeNote } from './output.ts';
import { createProgress } from './progress.ts';
import type { Verification, VerificationWatch } from './run-verification.ts';
import { BrokenDownError, isAbsence, runVerification, vectorsOnce } from './run-verification.ts';
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
 * @param run for tests
 * @throws MismatchError when something is outside of its bounds or breaks down, UnavailableError when nothing that was
 * asked for is here
 */
export async function verifyBackends(
  { backend, problems, json }: BackendFlags,
  signal: AbortSignal,
  run: typeof runVerification = runVerification,
): Promise<void> {
  const software = backend !== allBackends || process.env.MAMBA_SOFTWARE_GL === '1';
  const work = { problems, software, vectors: vectorsOnce(signal) };
  const found = await runAll(subjectsOf(backend), (subject, watch) => run(subject, work, watch), signal);
  const report = await verificationReport({ ...found, problems });
  await writeJudgement(json ? `${JSON.stringify(report)}\n` : verificationTable(report));
  for (const line of problemLines(report)) writeNote(line);
  expectAllWell(report);
}

interface FoundBackends {
  readonly verifications: readonly Verification[];
  readonly broken: readonly LeftOut[];
  readonly absent: readonly LeftOut[];
}

/**
 * @throws what keeps the only subject from being here, UnavailableError when none of several is, and any other error that
 * is not a subject's own
 */
async function runAll(
  subjects: readonly Subject[],
  run: (subject: Subject, watch: VerificationWatch) => Promise<Verification>,
  signal: AbortSignal,
): Promise<FoundBackends> {
  const [verifications, broken, absent]: [Verification[], LeftOut[], LeftOut[]] = [[], [], []];
  for (const [i, subject] of subjects.entries()) {
    const { name } = subject;
    const progress = createProgress(
      subjects.length === 1 ? name : `${name} (${i + 1} of ${subjects.length})`,
      'checks',
    );
    try {
      verifications.push(await run(subject, { signal, onProgress: progress.update }));
    } catch (error) {
      if (signal.aborted) throw error;
      if (isBroken(error)) broken.push({ name, why: error.message });
      else if (isAbsence(error) && subjects.length > 1) absent.push({ name, why: error.message + hintFor(subject) });
      else throw error;
    } finally {
      progress.clear();
    }
  }
  if (verifications.length === 0 && broken.length === 0) {
    throw new UnavailableError(`none of ${absent.map(({ name }) => name).join(', ')} runs here; ${absent[0]!.why}`);
  }
  return { verifications, broken, absent };
}

/** At work, or a browser that was gone before it could begin. */
function isBroken(error: unknown): error is Error {
  return error instanceof BrokenDownError || error instanceof DeviceLostError;
}

/** Node 20 knows relaxed SIMD, but wants to be asked. */
function hintFor({ name }: Subject): string {
  const old = Number.parseInt(process.versions.node, 10) < 21;
  return old && name.startsWith('relaxed') ? '; Node 20 wants --experimental-wasm-relaxed-simd' : '';
}
