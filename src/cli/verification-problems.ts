/**
 * What a verification has found to be wrong, in lines.
 */
import { MismatchError } from './exit.ts';
import type { ReportedBlame } from './vectors-report.ts';
import { blameText } from './vectors-report.ts';
import type { VerificationReport } from './verification-report.ts';

/** Of each row that failed the first failure; then what the vectors' failures come from. */
export function problemLines({ backends }: VerificationReport): readonly string[] {
  return backends.flatMap(({ name, vectors, problems, blames }) => [
    ...[...vectors, ...problems].flatMap(({ operation, failures: [first] }) =>
      first === undefined ? [] : [`${name}, ${operation}: ${first}`],
    ),
    ...blames.map(({ row, ...blame }) => `${name}, ${row}: ${textBehindName(blame)}`),
  ]);
}

/** The row says which operation it is. */
function textBehindName(blame: ReportedBlame): string {
  return blameText(blame).slice(blame.operation.length + 2);
}

/** @throws MismatchError that names every backend with its rows */
export function expectAllWell({ backends, broken }: VerificationReport): void {
  const off = backends
    .filter(({ ok }) => !ok)
    .map(({ name, vectors, problems }) => {
      const rows = [...vectors, ...problems].filter(({ failures }) => failures.length > 0);
      return `${name} (${[...new Set(rows.map(({ operation }) => operation))].join(', ')})`;
    });
  const problems = [
    ...(off.length > 0 ? [`outside of their bounds: ${off.join('; ')}`] : []),
    ...broken.map(({ name, why }) => `${name} broke down: ${why}`),
  ];
  if (problems.length > 0) throw new MismatchError(problems.join('; '));
}
