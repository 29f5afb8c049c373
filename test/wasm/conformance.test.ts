/**
 * Every operation of every build against the reference: within its bound, sentinels and inputs intact. Seeds and sizes
 * come from fast-check, problems and bounds from src/oracle.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { OperationName } from '../../src/oracle/operations.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { judge } from '../../src/oracle/suite.ts';
import type { Target } from '../../src/oracle/target.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import { buildsUnderTest, wasmOperations } from './targets.ts';

const builds = await buildsUnderTest();
afterAll(() => {
  for (const { backend } of builds) backend?.dispose();
});

/** Seeds and sizes; every problem that was once a counterexample stays. */
const problems = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 40 }));
const examples: [[number, number]][] = [
  [[158, 22]], // selectiveScan: a subnormal exp(ΔA) times a large state
  [[4164, 16]], // selectiveScan: a state that underflows
];

describe.each(builds)('$build', ({ build, backend, absent }) => {
  test('scanChunked is a dash: the kernels have none, and nothing else runs in its place', async ({ skip }) => {
    if (backend === undefined) return skip(absent);
    const verdict = await judge(createWasmTarget(backend), 'scanChunked', problemOf('scanChunked', 1, 9));
    expect(verdict.absent).toBe('scanChunked: the WebAssembly kernels have no chunked scan');
  });

  for (const operation of wasmOperations) {
    test(`${operation} stays within its bound, and writes nothing but its result`, async ({ task, skip }) => {
      const note = { backend: `wasm ${build}`, operation };
      if (backend === undefined) {
        task.meta.availability = { ...note, cases: 0, absent: absent! };
        return skip(absent);
      }
      task.meta.availability = { ...note, cases: await conform(createWasmTarget(backend), operation) };
    });
  }
});

/** @returns how many problems ran */
async function conform(target: Target, operation: OperationName): Promise<number> {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(problems, async ([seed, size]) => {
      cases++;
      const { failure, absent } = await judge(target, operation, problemOf(operation, seed, size));
      expect({ failure, absent }).toEqual({});
    }),
    { examples },
  );
  return cases;
}
