/**
 * The suite judged: what is right passes, every planted mistake is seen, what a target lacks is an absence.
 */
import { expect, test } from 'vitest';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { operationNames, problemOf } from '../../src/oracle/operations.ts';
import { referenceTarget } from '../../src/oracle/reference-target.ts';
import { judge, runSuite } from '../../src/oracle/suite.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { Mistake } from './mistakes.ts';
import { mistakes } from './mistakes.ts';
import { wrongTarget } from './wrong-target.ts';

const seeds = 40;

test('the reference, rounded to float32, passes without an error', async () => {
  for (const row of await runSuite(referenceTarget, { seeds })) {
    expect(row).toEqual({ operation: row.operation, cases: seeds, worst: 0, failures: [], notRun: 0, absent: [] });
  }
});

test('a second implementation without a mistake passes', async () => {
  const rows = await runSuite(wrongTarget('none'), { seeds });
  expect(rows.flatMap(({ operation, failures }) => failures.map((failure) => `${operation}: ${failure}`))).toEqual([]);
});

for (const [mistake, operation] of Object.entries(mistakes)) {
  test(`the mistake "${mistake}" is seen in ${operation}, and only there`, async () => {
    const rows = await runSuite(wrongTarget(mistake as Mistake), { seeds });
    const caught = rows.filter(({ failures }) => failures.length > 0).map((row) => row.operation);
    expect(caught).toEqual([operation]);
  });
}

test('what a target lacks is an absence with its reason, not a failure and not a case', async () => {
  const target: Target = {
    ...referenceTarget,
    run: (operation, problem) => {
      if (operation === 'linear') throw new UnsupportedError('no matrices here');
      return referenceTarget.run(operation, problem);
    },
  };
  const [linear, embed] = await runSuite(target, { seeds: 3, operations: ['linear', 'embed'] });
  expect(linear).toEqual({
    operation: 'linear',
    cases: 0,
    worst: 0,
    failures: [],
    notRun: 3,
    absent: ['no matrices here'],
  });
  expect(embed!.cases).toBe(3);
});

test('any other error is a failure that names the seed', async () => {
  const target: Target = { ...referenceTarget, run: () => Promise.reject(new Error('sentinel overwritten')) };
  const [row] = await runSuite(target, { seeds: [7], operations: ['copyRows'] });
  expect(row!.failures).toEqual(['seed 7, size 7: sentinel overwritten']);
  expect(row!.worst).toBe(Infinity);
});

test('an output that is missing is a failure', async () => {
  const target: Target = { ...referenceTarget, run: async () => ({}) };
  const { failure } = await judge(target, 'argmax', problemOf('argmax', 1, 5));
  expect(failure).toContain('got nothing');
});

test('problems are the same for the same seed, and every operation has some of many sizes', () => {
  for (const operation of operationNames) {
    expect(problemOf(operation, 5, 20)).toEqual(problemOf(operation, 5, 20));
    expect(problemOf(operation, 6, 20)).not.toEqual(problemOf(operation, 5, 20));
  }
});
