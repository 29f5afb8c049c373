/**
 * The vectors' cases on a target: what is right passes in every row, a mistake is seen where it is made and in what is
 * made of it, and is named.
 */
import { expect, test } from 'vitest';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { JudgedTarget } from '../../src/oracle/target-vectors/index.ts';
import { judgeTarget, vectorRowNames } from '../../src/oracle/target-vectors/index.ts';
import { vectorCases } from '../../src/oracle/vectors/cases.ts';
import { embeddedModel, embeddedTrace } from '../../src/oracle/vectors/embedded-trace.ts';
import { HostBackend } from './host-backend.ts';
import type { Mistake } from './mistakes.ts';
import { wrongTarget } from './wrong-target.ts';

const traced = await loadFolder(embeddedModel);
/** Those of thousands of tokens add seconds, and no way to compute. */
const short = [...vectorCases()].filter((one) => Number(one.parameters.seqLen ?? 0) < 300);
const vectors = { cases: [...short, embeddedTrace(traced)], traced };

/** An implementation of its own, as kernels and as a backend under an engine. */
function targetWith(mistake: Mistake): Target {
  const target = wrongTarget(mistake);
  return { ...target, backend: new HostBackend(target) };
}

function failing({ rows }: JudgedTarget): readonly string[] {
  return rows.filter(({ failures }) => failures.length > 0).map(({ operation }) => operation);
}

test('a second implementation passes in every row, and its backend gets everything back', async () => {
  const target = targetWith('none');
  const { rows, blames, cases } = await judgeTarget(target, vectors);
  expect(rows.flatMap(({ failures }) => failures)).toEqual([]);
  expect(rows.map(({ operation }) => operation)).toEqual(vectorRowNames);
  for (const row of rows) expect(row.cases, row.operation).toBeGreaterThan(0);
  expect([blames, cases]).toEqual([[], vectors.cases.length]);
  expect(target.backend!.residentBytes).toBe(0);
});

const planted: readonly (readonly [Mistake, readonly string[], named: string])[] = [
  ['gate before D', ['selectiveScan', 'block', 'model', 'trace'], 'gate before D'],
  ['initial state ignored', ['selectiveScan', 'block', 'model'], 'initial state ignored'],
  ['convolution flipped', ['causalConv1d', 'block', 'model', 'trace'], 'the convolution flipped'],
  ['bias after softplus', ['selectiveScan', 'block', 'model', 'trace'], 'bias after softplus'],
];

test.each(planted)('"%s" fails in %j and is named', async (mistake, rows, named) => {
  const judged = await judgeTarget(targetWith(mistake), vectors);
  expect(failing(judged)).toEqual(rows);
  const [first] = judged.blames;
  expect(first).toMatchObject({ row: rows[0], blame: { mistake: named } });
});

test('what a target cannot do is an absence; what breaks down is a failure that names the case', async () => {
  const right = targetWith('none');
  const target: Target = {
    ...right,
    run: (operation, problem) => {
      if (operation === 'scanChunked') throw new UnsupportedError('no chunks here');
      if (operation === 'discretize') throw new Error('sentinel overwritten');
      return right.run(operation, problem);
    },
  };
  const { rows } = await judgeTarget(target, vectors);
  const row = (name: string) => rows.find(({ operation }) => operation === name)!;
  expect(row('scanChunked')).toMatchObject({ cases: 0, failures: [], absent: ['no chunks here'] });
  expect(row('discretize').worst).toBe(Infinity);
  expect(row('discretize').failures[0]).toBe('discretize/zoh: sentinel overwritten');
});

test('a result of nothing is a failure, and so is one of a wrong length', async () => {
  for (const [result, message] of [
    [{}, 'expected outputs of the case, got none'],
    [{ y: new Float32Array(1) }, 'expected 36 numbers, got 1'],
  ] as const) {
    const target: Target = { ...targetWith('none'), run: async () => result };
    const { rows } = await judgeTarget(target, {
      cases: short.filter(({ name }) => name === 'selectiveScan/plain'),
      traced,
    });
    expect(rows.find(({ operation }) => operation === 'selectiveScan')!.failures[0]).toContain(message);
  }
});
