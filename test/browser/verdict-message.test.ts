/**
 * A verdict keeps its infinities on the way through JSON.
 */
import { expect, test } from 'vitest';
import type { TargetVerdict } from '../../src/api/verify-target.ts';
import { withInfinities } from '../../src/browser/verdict-message.ts';

test('what JSON writes as null is infinite again, in the vectors and in random problems; finite numbers stay', () => {
  const row = <Name extends string>(operation: Name, worst: number) => {
    return { operation, cases: 1, worst, failures: [], notRun: 0, absent: [] };
  };
  const verdict: TargetVerdict = {
    vectors: { cases: 2, rows: [row('discretize', Infinity), row('block', 0.5)], blames: [] },
    problems: [row('linear', 0.25), row('plan', Infinity)],
  };
  expect(withInfinities(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict);
});
