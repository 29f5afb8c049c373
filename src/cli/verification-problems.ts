/**
 * What a verification has found to be wrong, in lines.
 */
import type { SuiteRow } from '../oracle/index.ts';
import { MismatchError } from './exit.ts';
import type { ReportedBlame } from './vectors-report.ts';
import { blameText } from './vectors-report.ts';
import type { ReportedBackend, VerificationReport } from './verification-report.ts';

/** The worst failure of each row of the vectors, the first of random problems; then what the vectors' failures come from. */
export function problemLines({ backends }: VerificationReport): readonly string[] {
  return backends.flatMap(({ name, vectors, problems, blames }) => [
    ...failed(vectors).map(({ operation, failures }) => `${name}, vectors, ${operation}: ${failures[0]}`),
    ...failed(problems).map(({ operation, failures }) => `${name}, random problems, ${operation}: ${failures[0]}`),
    ...blames.flatMap(({ row, way, ...blame }) => {
      const text = reasonOf(blame);
      return text === undefined ? [] : [`${name}, ${way === undefined ? row : `${row} ${way}`}: ${text}`];
    }),
  ]);
}

function failed<Name extends string>(rows: readonly SuiteRow<Name>[]): readonly SuiteRow<Name>[] {
  return rows.filter(({ failures }) => failures.length > 0);
}

/** The row has said which operation it is. A trace has no inputs to compute anything again from: no mistake fits it. */
function reasonOf(blame: ReportedBlame): string | undefined {
  if (blame.operation === 'trace') return blame.diverges === undefined ? undefined : `first off: ${blame.diverges}`;
  return blameText(blame).slice(blame.operation.length + 2);
}

/** @throws MismatchError that names every backend with its rows */
export function expectAllWell({ backends, broken }: VerificationReport): void {
  const problems = [
    ...backends.filter(({ ok }) => !ok).map((one) => `${one.name} is outside of its bounds (${rowsText(one)})`),
    ...broken.map(({ name, why }) => `${name} broke down: ${why}`),
  ];
  if (problems.length > 0) throw new MismatchError(problems.join('; '));
}

function rowsText({ vectors, problems }: ReportedBackend): string {
  const named = (title: string, rows: readonly SuiteRow[]) =>
    rows.length === 0 ? [] : [`${title}: ${rows.map(({ operation }) => operation).join(', ')}`];
  return [...named('vectors', failed(vectors)), ...named('random problems', failed(problems))].join('; ');
}
