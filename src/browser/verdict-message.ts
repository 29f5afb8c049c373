/**
 * A verdict that came as JSON, which has no infinity: it has null in its place.
 */
import type { TargetVerdict } from '../api/verify-target.ts';
import type { SuiteRow } from '../oracle/index.ts';

export function withInfinities({ vectors, problems }: TargetVerdict): TargetVerdict {
  return {
    vectors: { ...vectors, rows: vectors.rows.map(withInfinity) },
    problems: problems.map(withInfinity),
  };
}

function withInfinity<Name extends string>(row: SuiteRow<Name>): SuiteRow<Name> {
  return { ...row, worst: (row.worst as number | null) ?? Infinity };
}
