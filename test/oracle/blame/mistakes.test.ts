/**
 * The table of mistakes: where each contradicts the reference, and that the naive programs without one are right.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mistakeNames, mistakeOf } from '../../../src/oracle/blame/mistakes.ts';
import { predict } from '../../../src/oracle/blame/predict.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';

const cases = [...vectorCases({ seed: 7 })];

test('each mistake contradicts a text that stands once in its file of the reference', () => {
  const counts = mistakeNames.map((name) => {
    const [file, text] = mistakeOf(name).contradicts;
    const source = readFileSync(new URL(`../../../src/reference/${file}`, import.meta.url), 'utf8');
    return [name, source.split(text).length - 1] as const;
  });
  expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
});

test('without a mistake the naive programs are the reference, within the budgets of float64', () => {
  const failures = cases.flatMap((one) => {
    const outputs = predict(one)!;
    const given = Object.fromEntries(
      Object.entries(outputs).map(([name, data]) => [name, { data, precision: 'f64' as const }]),
    );
    const { failures } = compareCase(one, given, { accumulation: 'f64' });
    return failures.map((failure) => `${one.name}: ${failure}`);
  });
  expect(failures).toEqual([]);
});

test('every mistake changes some case of every operation that it is listed for', () => {
  const idle = mistakeNames.flatMap((name) =>
    mistakeOf(name).operations.flatMap((operation) => {
      const changed = cases
        .filter((one) => one.operation === operation)
        .some((one) => {
          const [right, wrong] = [predict(one)!, predict(one, name, 4)!];
          return Object.keys(one.outputs).some((key) => right[key]?.some((v, i) => !Object.is(v, wrong[key]![i])));
        });
      return changed ? [] : [`${name}: ${operation}`];
    }),
  );
  expect(idle).toEqual([]);
});
