/**
 * A verification in turns: every check in its order, a tenth as many models as problems, and a way out between any two.
 */
import { expect, test } from 'vitest';
import { checkNames, verifyTarget } from '../../src/api/verify-target.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import { modelCheckNames } from '../../src/oracle/model-check.ts';
import { referenceTarget } from '../../src/oracle/reference-target.ts';
import type { Target } from '../../src/oracle/target.ts';
import { HostBackend } from './host-backend.ts';

const backend = new HostBackend(referenceTarget);
const target: Target = { ...referenceTarget, arithmetic: gpu, backend };

test('the operations, then the engine as a whole: a model for ten problems, at least one', async () => {
  const steps: (readonly [number, number])[] = [];
  const rows = await verifyTarget(target, 3, { onProgress: (...step) => steps.push(step) });
  expect(rows.map(({ operation }) => operation)).toEqual(checkNames);
  expect(checkNames.slice(-modelCheckNames.length)).toEqual(modelCheckNames);
  expect(rows.slice(-modelCheckNames.length).map(({ cases }) => cases)).toEqual([1, 1, 1]);
  expect(rows.flatMap(({ failures }) => failures)).toEqual([]);
  expect(steps).toEqual(checkNames.map((_, i) => [i + 1, checkNames.length]));

  const more = await verifyTarget(target, 29);
  expect(more.slice(-modelCheckNames.length).map(({ cases }) => cases)).toEqual([2, 2, 2]);
});

test('stopped between two models it says so, and nothing stays allocated', async () => {
  const controller = new AbortController();
  const onProgress = (done: number) => {
    if (checkNames[done - 1] === 'model') setImmediate(() => controller.abort(new Error('enough')));
  };
  await expect(verifyTarget(target, 40, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
  expect(backend.residentBytes).toBe(0);
});
