/**
 * The GPU's column of the bounds: wide enough for the worst that WGSL allows, and no wider than that the planted mistakes
 * still show.
 */
import { describe, expect, test } from 'vitest';
import { strict } from '../../src/oracle/arithmetic.ts';
import { reasonOf } from '../../src/oracle/bounds.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import type { OperationName } from '../../src/oracle/operations.ts';
import { operationNames, problemOf, truthOf } from '../../src/oracle/operations.ts';
import { referenceTarget } from '../../src/oracle/reference-target.ts';
import { runSuite } from '../../src/oracle/suite.ts';
import type { Mistake } from './mistakes.ts';
import { mistakes } from './mistakes.ts';
import { simulatedGpu } from './simulated-gpu.ts';
import { leans } from './simulated-shader.ts';
import { wrongTarget } from './wrong-target.ts';

const seeds = 40;

/** What GPUs have no kernels for. */
const noKernel = ['no kernel on GPUs'];
const dashes: { readonly [O in OperationName]?: readonly string[] } = {
  selectiveScanBackward: ['forward only'],
  ...{ embedAdd: noKernel, layerNorm: noKernel, gelu: noKernel, attention: noKernel },
};

/** What the specification permits is no mistake on a GPU. */
const permitted: { readonly [M in Mistake]?: string } = {
  'exp by 2 ulp too large': 'exp(x) may be off by (3 + 2|x|) ulp',
};

test('the reference, rounded to float32, passes without an error', async () => {
  for (const { worst, failures } of await runSuite({ ...referenceTarget, arithmetic: gpu }, { seeds })) {
    expect({ worst, failures }).toEqual({ worst: 0, failures: [] });
  }
});

describe.each(Object.keys(leans))('a GPU whose functions are as inexact as WGSL allows: %s', (lean) => {
  const target = simulatedGpu(leans[lean]!());
  test.each(operationNames)('%s passes', async (operation) => {
    const [row] = await runSuite(target, { seeds: 100, operations: [operation] });
    expect(row!.failures).toEqual([]);
    expect(row!.absent).toEqual(dashes[operation] ?? []);
  });
});

test('such a GPU would not pass as WebAssembly: the column is needed', async () => {
  const target = { ...simulatedGpu(leans['too large']!()), arithmetic: strict };
  for (const row of await runSuite(target, { seeds, operations: ['exp', 'selectiveScan', 'silu'] })) {
    expect(row.failures.length).toBeGreaterThan(0);
  }
});

for (const [mistake, operation] of Object.entries(mistakes)) {
  const reason = permitted[mistake as Mistake];
  test(`the mistake "${mistake}" is ${reason ? `permitted: ${reason}` : `seen in ${operation}, and only there`}`, async () => {
    const rows = await runSuite(wrongTarget(mistake as Mistake, gpu), { seeds });
    const caught = rows.filter(({ failures }) => failures.length > 0).map((row) => row.operation);
    expect(caught).toEqual(reason ? [] : [operation]);
  });
}

test('exp may lose 3 + 2|x| ulp, and below 2⁻¹²⁶ all of it', () => {
  const [out] = truthOf('exp', { x: Float32Array.of(0, 10, -100), gaps: {} }, gpu);
  const [at0, at10, below] = Array.from(out!.scale!) as [number, number, number];
  expect(at0).toBe(2 * 3 + 2 ** -102);
  expect(at10 / Math.exp(10)).toBeCloseTo(2 * 23, 9);
  expect(below).toBeGreaterThanOrEqual(2 ** -126 / 2 ** -24);
});

test('q8_0 on a GPU has float32 activations: nothing is added to its bound, and an infinite x stays infinite', () => {
  const zeros = { rows: 1, dIn: 32, dOut: 1, dtype: 'q8_0', gaps: {} } as const;
  const problem = { ...zeros, x: new Float32Array(32).fill(Infinity), weight: new Float32Array(32).fill(1) };
  expect(truthOf('linear', problem, gpu)[0]).toMatchObject({ value: Float64Array.of(Infinity) });
  expect(truthOf('linear', problem, gpu)[0]).not.toHaveProperty('extra');
  expect(truthOf('linear', problem)[0]).toHaveProperty('extra');
});

test('without an arithmetic the strict one counts; every operation gives its reason in each', () => {
  for (const operation of operationNames) {
    const problem = problemOf(operation, 3, 12);
    expect(truthOf(operation, problem)).toEqual(truthOf(operation, problem, strict));
    expect(reasonOf(operation, gpu)).not.toBe('');
  }
  expect(reasonOf('exp')).toBe('1 ulp');
});
