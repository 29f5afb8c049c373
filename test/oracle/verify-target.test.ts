/**
 * A verification in turns: the vectors, then every check in its order, a tenth as many models as problems, and a way out
 * between any two.
 */
import { expect, test } from 'vitest';
import { drawVectors } from '../../src/api/drawn-vectors.ts';
import { checkNames, verifyTarget } from '../../src/api/verify-target.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import { modelCheckNames } from '../../src/oracle/model-check.ts';
import { referenceTarget } from '../../src/oracle/reference-target.ts';
import type { Target } from '../../src/oracle/target.ts';
import { vectorRowNames } from '../../src/oracle/target-vectors/index.ts';
import { embeddedModel } from '../../src/oracle/vectors/cases-trace.ts';
import { HostBackend } from './host-backend.ts';

const backend = new HostBackend(referenceTarget);
const target: Target = { ...referenceTarget, arithmetic: gpu, backend };
const traced = await loadFolder(embeddedModel);
const vectors = await drawVectors(traced);
const few = { ...vectors, cases: vectors.cases.filter(({ name }) => /plain$|^block|^trace/.test(name)) };

test('the cases are those of "vectors export", the trace among them', () => {
  expect(vectors.cases.length).toBeGreaterThan(130);
  expect(vectors.cases.at(-1)!.name).toBe('trace/embedded');
});

test('the vectors, the operations, then the engine as a whole: a model for ten problems, at least one', async () => {
  const steps: (readonly [number, number])[] = [];
  const work = { vectors: few, problems: 3 };
  const { vectors: judged, problems } = await verifyTarget(target, work, {
    onProgress: (...step) => steps.push(step),
  });
  expect(judged.rows.map(({ operation }) => operation)).toEqual(vectorRowNames);
  expect(judged.rows.filter(({ cases }) => cases > 0).length).toBeGreaterThan(3);
  expect(problems.map(({ operation }) => operation)).toEqual(checkNames);
  expect(problems.slice(-modelCheckNames.length).map(({ cases }) => cases)).toEqual([1, 1, 1]);
  expect([...judged.rows, ...problems].flatMap(({ failures }) => failures)).toEqual([]);
  const total = few.cases.length + checkNames.length;
  const forward = steps.filter(([done], i) => done !== steps[i - 1]?.[0]); // it waits between blames as well
  expect(forward).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));

  const more = await verifyTarget(target, { vectors: { ...few, cases: [] }, problems: 29 });
  expect(more.problems.slice(-modelCheckNames.length).map(({ cases }) => cases)).toEqual([2, 2, 2]);
});

test('stopped between two cases or two models it says so, and nothing stays allocated', async () => {
  for (const at of [1, few.cases.length + checkNames.indexOf('model') + 1]) {
    const controller = new AbortController();
    const onProgress = (done: number) => {
      if (done === at) setImmediate(() => controller.abort(new Error('enough')));
    };
    const watch = { signal: controller.signal, onProgress };
    await expect(verifyTarget(target, { vectors: few, problems: 40 }, watch)).rejects.toThrow('enough');
    expect(backend.residentBytes).toBe(0);
  }
});

test('what goes wrong after some turns counts as much as what does at once', async () => {
  let calls = 0;
  const tiring: Target = {
    ...referenceTarget,
    run: async (operation, problem) => {
      if (operation !== 'copyRows' || calls++ < 20) return referenceTarget.run(operation, problem);
      throw new UnsupportedError('tired');
    },
  };
  const wrong: Target = {
    ...tiring,
    run: (operation, problem) => tiring.run(operation, problem).catch(() => Promise.reject(new Error('tired'))),
  };
  const copyRowsOf = async (judged: Target) => {
    calls = 0;
    const { problems } = await verifyTarget(judged, { vectors: { ...few, cases: [] }, problems: 24 });
    return problems.find(({ operation }) => operation === 'copyRows');
  };
  expect(await copyRowsOf(tiring)).toMatchObject({ cases: 20, notRun: 4, failures: [], absent: ['tired'] });
  const { cases, worst, failures } = (await copyRowsOf(wrong))!;
  expect([cases, worst, failures.length, failures[0]]).toEqual([24, Infinity, 4, 'seed 20, size 20: tired']);
});

test('drawing the cases can be stopped too', async () => {
  await expect(drawVectors(traced, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
