/**
 * What is blamed for the results of a port.
 */
import type { Blame, BlamedCase } from '../../../src/oracle/blame/blame.ts';
import { blame } from '../../../src/oracle/blame/blame.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import type { GivenOutputs } from '../../../src/oracle/vectors/compare-case.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorCase, VectorOperation } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from '../vectors/port.ts';
import type { Port } from '../vectors/port-numbers.ts';
import { portOf } from '../vectors/port-numbers.ts';

export const cases = [...vectorCases({ seed: 3 })];

export function blamed(operation: VectorOperation, port: Port): readonly Blame[] {
  return blame(judgedBy(operation, (one) => runPort(one, port)));
}

/** What the port gives, changed. */
export function judgedBy(
  operation: VectorOperation,
  change: (one: VectorCase, given: GivenOutputs) => GivenOutputs,
): readonly BlamedCase[] {
  return cases
    .filter((one) => one.operation === operation)
    .map((one) => {
      const given = change(one, runPort(one, portOf()));
      return { case: one, given, verdict: compareCase(one, given) };
    });
}
