/**
 * What must hold bit for bit in the strict build: no tolerance, no reference.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Result } from '../../src/oracle/operation.ts';
import { weightDtypes } from '../../src/oracle/operations/linear.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import { strictBackend, wasmOperations } from './targets.ts';
import { oneSequence, tokensOf } from './tokens.ts';

const backends = await Promise.all([1, 2, 3].map(strictBackend));
const [one, two, three] = backends.map(createWasmTarget);
afterAll(() => {
  for (const backend of backends) backend.dispose();
});

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sizes = fc.integer({ min: 0, max: 40 });

function run<O extends OperationName>(operation: O, problem: Problems[O]): Promise<Result> {
  return one!.run(operation, problem);
}

/** Problems of one operation, and a number in 0…1 to cut them at. */
function forAll<O extends OperationName>(
  operation: O,
  law: (problem: Problems[O], part: number) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(seeds, sizes, fc.integer({ min: 0, max: 8 }), (seed, size, eighths) =>
    law(problemOf(operation, seed, size), eighths / 8),
  );
  return fc.assert(property);
}

/** The same bits; all NaN are one. */
function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`[${i}] expected ${expected[i]}, got ${actual[i]}`);
  }
}

function join(parts: readonly ArrayLike<number>[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

describe('any number of threads gives the same bits', () => {
  test.each(wasmOperations)('%s', async (operation) => {
    await forAll(operation, async (problem) => {
      const expected = await run(operation, problem);
      for (const target of [two!, three!]) {
        const actual = await target.run(operation, problem);
        for (const name of Object.keys(expected)) expectSame(actual[name]!, expected[name]!);
      }
    });
  });
});

describe('linear', () => {
  test.each(weightDtypes)('many rows of %s give the same bits as one row at a time', async (dtype) => {
    await forAll('linear', async (drawn) => {
      if (dtype === 'q8_0' && drawn.dIn % 32 !== 0) return;
      const problem = { ...drawn, dtype };
      const { rows, dIn, dOut, x, add } = problem;
      const whole = await run('linear', problem);
      const alone: ArrayLike<number>[] = [];
      for (let t = 0; t < rows; t++) {
        const old = add?.subarray(t * dOut, (t + 1) * dOut);
        const row = { ...problem, rows: 1, x: x.subarray(t * dIn, (t + 1) * dIn), add: old };
        alone.push((await run('linear', row)).out!);
      }
      expectSame(join(alone), whole.out!);
    });
  });

  test.each(['bf16', 'f16'] as const)('%s gives the same bits as f32 on the widened weights', async (dtype) => {
    await forAll('linear', async (problem) => {
      const half = await run('linear', { ...problem, dtype });
      const weight = Float32Array.from(roundWeights(problem.weight, dtype));
      const full = await run('linear', { ...problem, dtype: 'f32', weight });
      expectSame(half.out!, full.out!);
    });
  });
});

describe.each([
  { operation: 'causalConv1d', state: 'state' },
  { operation: 'selectiveScan', state: 'hLast' },
] as const)('$operation', ({ operation, state }) => {
  test('a sequence read in two parts gives the same bits as the whole', async () => {
    await forAll(operation, async (drawn, part) => {
      const problem = oneSequence(operation, drawn);
      const cut = Math.round(part * problem.seqLen);
      const whole = await run(operation, problem);
      const first = await run(operation, tokensOf(operation, problem, 0, cut));
      const rest = tokensOf(operation, problem, cut, problem.seqLen, Float32Array.from(first[state]!));
      const second = await run(operation, rest);
      expectSame(join([first.y!, second.y!]), whole.y!);
      expectSame(second[state]!, whole[state]!);
    });
  });

  test('packed sequences give the same bits as a loop over them', async () => {
    await forAll(operation, async (problem) => {
      const packed = await run(operation, problem);
      const alone: Result[] = [];
      for (let s = 0; s + 1 < problem.cuSeqlens.length; s++)
        alone.push(await run(operation, oneSequence(operation, problem, s)));
      expectSame(packed.y!, join(alone.map((result) => result.y!)));
      expectSame(packed[state]!, join(alone.map((result) => result[state]!)));
    });
  });
});
