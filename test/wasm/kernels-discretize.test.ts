/**
 * Laws of the discretization kernel that need no bound, and the elementwise kernels on plain arrays. How exact they are is
 * judged in conformance.test.ts.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Discretization } from '../../src/reference/types.ts';
import { lengths } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { seededGrid } from '../reference/seeded-grid.ts';
import { kernelsUnderTest, twoThreads } from './kernel-problems.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

const rules = ['zoh', 'bilinear', 'euler', 'mamba'] as const;

const operands = fc
  .record({
    length: lengths(40),
    seed: fc.nat(),
    magnitude: fc.constantFrom(1, 1 / 3, 0.01),
  })
  .map(({ length, seed, magnitude }) => {
    const take = seededGrid(seed);
    const rough = (bound: number) => Float32Array.from(take(length, bound), (v) => v * magnitude);
    return { delta: rough(3).map(Math.abs), A: rough(4).map((a) => -Math.abs(a)), B: rough(2) };
  });

describe.each(under)('$name', ({ kernels, target }) => {
  test('Δ = 0 leaves the state as it is: Ā = 1 and B̄ = 0, exactly, under every rule', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        for (const rule of rules) {
          const { aBar, bBar } = await kernels.discretize({ rule, delta: delta.map(() => 0), A, B });
          expectIdentical(aBar, new Float32Array(A.length).fill(1), rule);
          expectIdentical(bBar, new Float32Array(A.length), rule);
        }
      }),
    );
  });

  test('A = 0: all rules agree exactly on Ā = 1 and B̄ = fl(Δ·B)', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        for (const rule of rules) {
          const { aBar, bBar } = await kernels.discretize({ rule, delta, A: A.map(() => 0), B });
          expectIdentical(aBar, new Float32Array(A.length).fill(1), rule);
          expectIdentical(
            bBar,
            delta.map((step, i) => step * B[i]!),
            rule,
          );
        }
      }),
    );
  });

  test('mamba is zero-order hold for Ā and Euler for B̄, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async (numbers) => {
        const [mamba, zoh, euler] = await inTurn(['mamba', 'zoh', 'euler'] as const, (rule) =>
          kernels.discretize({ rule, ...numbers }),
        );
        expectIdentical(mamba!.aBar, zoh!.aBar);
        expectIdentical(mamba!.bBar, euler!.bBar);
      }),
    );
  });

  test('exp, softplus, silu and sigmoid of plain arrays of any length are those that the suite judges', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        for (const kernel of ['exp', 'softplus', 'silu', 'sigmoid'] as const) {
          for (const x of [delta, A, B]) {
            const { out } = await target.run(kernel, { x, gaps: {} });
            expectIdentical(await kernels[kernel](x), out!, kernel);
          }
        }
      }),
    );
  });
});

test('two threads give the bits of one', async () => {
  const one = under[0]!.kernels;
  await fc.assert(
    fc.asyncProperty(operands, async (numbers) => {
      for (const rule of rules) {
        const [alone, together] = [
          await one.discretize({ rule, ...numbers }),
          await two.kernels.discretize({ rule, ...numbers }),
        ];
        expectIdentical(together.aBar, alone.aBar, rule);
        expectIdentical(together.bBar, alone.bBar, rule);
      }
    }),
  );
});

test('wrong operands are refused by name', async () => {
  const { kernels } = under[0]!;
  const [delta, A, B] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)];
  await expect(kernels.discretize({ rule: 'foh' as Discretization, delta, A, B })).rejects.toThrow(
    new RangeError('"rule" expected zoh, bilinear, euler, mamba, got foh'),
  );
  await expect(kernels.discretize({ rule: 'zoh', delta, A: new Float32Array(2), B })).rejects.toThrow(
    new RangeError('"A" expected length 3 (delta 3), got 2'),
  );
});

/** One after the other: a machine runs one call at a time. */
async function inTurn<T, R>(items: readonly T[], call: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await call(item));
  return results;
}
