/**
 * What is blamed for the results of a port.
 */
import type { Blame } from '../../../src/oracle/blame/blame.ts';
import { blame } from '../../../src/oracle/blame/blame.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorOperation } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from '../vectors/port.ts';
import type { Port } from '../vectors/port-numbers.ts';

export const cases = [...vectorCases({ seed: 3 })];

export function blamed(operation: VectorOperation, port: Port): readonly Blame[] {
  const judged = cases
    .filter((one) => one.operation === operation)
    .map((one) => {
      const given = runPort(one, port);
      return { case: one, given, verdict: compareCase(one, given) };
    });
  return blame(judged);
}
