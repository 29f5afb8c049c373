/**
 * What `verify` has found out, for programs and for bug reports.
 */
import { cpus } from 'node:os';
import type { CheckName } from '../api/verify-target.ts';
import type { SuiteRow, VectorRowName } from '../oracle/index.ts';
import { packageVersion } from './package-version.ts';
import { referenceLine } from './reference-line.ts';
import type { Verification } from './run-verification.ts';
import type { ReportedBlame } from './vectors-report.ts';

/** In `worst` null is infinite, once it is JSON. */
export interface ReportedBackend {
  /** `simd-threads`, `webgpu`. */
  readonly name: string;
  readonly backend: string;
  readonly device: string;
  readonly browser: string | null;
  readonly ok: boolean;
  /** The cases of `vectors export`. */
  readonly vectors: readonly SuiteRow<VectorRowName>[];
  /** Random problems, and small models. */
  readonly problems: readonly SuiteRow<CheckName>[];
  readonly blames: readonly (ReportedBlame & { readonly row: VectorRowName; readonly way?: string })[];
}

/** A backend that broke down, or that is not here. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

export interface VerificationReport {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  /** Of the vectors. */
  readonly cases: number;
  /** Random problems an operation. */
  readonly problems: number;
  readonly ok: boolean;
  readonly backends: readonly ReportedBackend[];
  readonly broken: readonly LeftOut[];
  readonly absent: readonly LeftOut[];
}

type Found = Pick<VerificationReport, 'problems' | 'broken' | 'absent'> & {
  readonly verifications: readonly Verification[];
};

export async function verificationReport({
  verifications,
  problems,
  broken,
  absent,
}: Found): Promise<VerificationReport> {
  const backends = await Promise.all(verifications.map(reportedBackend));
  const cases = Math.max(0, ...verifications.map(({ verdict }) => verdict.vectors.cases));
  return {
    ...{ version: packageVersion(), node: process.version, platform: `${process.platform} ${process.arch}` },
    ...{ cpu: cpus()[0]?.model.trim() ?? 'unknown', cases, problems },
    ok: broken.length === 0 && backends.every(({ ok }) => ok),
    ...{ backends, broken, absent },
  };
}

async function reportedBackend({ subject, device, browser, verdict }: Verification): Promise<ReportedBackend> {
  const plain = <Name extends string>(rows: readonly SuiteRow<Name>[]) =>
    rows.map((row) => withPlainReasons(row, subject.backend, device));
  const [vectors, problems] = [plain(verdict.vectors.rows), plain(verdict.problems)];
  const blames = verdict.vectors.blames.map(async ({ blame: { contradicts, ...one }, ...place }) => ({
    ...{ ...place, ...one },
    ...(contradicts && { line: await referenceLine(contradicts) }),
  }));
  return {
    ...{ name: subject.name, backend: subject.backend, device, browser: browser ?? null },
    ok: [...vectors, ...problems].every(({ failures }) => failures.length === 0),
    ...{ vectors, problems, blames: await Promise.all(blames) },
  };
}

/** Without the backend and its device, which stand beside them. */
function withPlainReasons<Name extends string>(row: SuiteRow<Name>, backend: string, device: string): SuiteRow<Name> {
  const plain = (reason: string) => reason.replace(`${backend}: `, '').replace(` (on ${device})`, '');
  return { ...row, absent: row.absent.map(plain) };
}
