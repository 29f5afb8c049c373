/**
 * The scan through memory against the fused one: the same bits, so whatever is proven of one holds of the other. Both are
 * judged by the reference in conformance.test.ts; here once more with constant B and C, which a Backend does not offer.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { Random } from '../../src/oracle/random.ts';
import { judge } from '../../src/oracle/suite.ts';
import { expectIdentical } from '../compare.ts';
import { complexInput, kernelsUnderTest, scanProblems, twoThreads, zeroInput } from './kernel-problems.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

/** A problem of the suite with B, C or both constant. */
const constants = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    size: fc.integer({ min: 0, max: 40 }),
    which: fc.constantFrom({ constantB: true }, { constantC: true }, { constantB: true, constantC: true }),
  })
  .map(({ seed, size, which }): Problems['selectiveScanUnfused'] => {
    const problem = problemOf('selectiveScanUnfused', seed, size);
    const random = new Random(seed);
    const row = () => random.floats(problem.dInner * problem.dState);
    return {
      ...{ ...problem, ...which },
      B: 'constantB' in which ? row() : problem.B,
      C: 'constantC' in which ? row() : problem.C,
    };
  });

describe.each(under)('$name', ({ kernels, target, resident }) => {
  test('unfused equals fused bit for bit, under both rules, and frees what it took', async () => {
    const before = resident();
    await fc.assert(
      fc.asyncProperty(scanProblems(), async ({ input }) => {
        const fused = await kernels.selectiveScan(input);
        const unfused = await kernels.selectiveScanUnfused(input);
        expectIdentical(unfused.y, fused.y, 'y');
        expectIdentical(unfused.hLast, fused.hLast, 'hLast');
        expect(resident()).toBe(before);
      }),
    );
  });

  test('constant B and C stay within the bound of the suite', async () => {
    await fc.assert(
      fc.asyncProperty(constants, async (problem) => {
        const { failure, absent } = await judge(target, 'selectiveScanUnfused', problem);
        expect({ failure, absent }).toEqual({});
      }),
    );
  });

  test('an initial state left out is one of zeros, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(scanProblems(), async ({ input }) => {
        const zeros = new Float32Array((input.cuSeqlens!.length - 1) * input.dInner * input.dState);
        for (const kernel of ['selectiveScan', 'selectiveScanUnfused'] as const) {
          const without = await kernels[kernel]({ ...input, h0: undefined });
          const given = await kernels[kernel]({ ...input, h0: zeros });
          expectIdentical(without.y, given.y, 'y');
          expectIdentical(without.hLast, given.hLast, 'hLast');
        }
      }),
    );
  });
});

test('two threads give the bits of one', async () => {
  const one = under[0]!.kernels;
  await fc.assert(
    fc.asyncProperty(scanProblems(), async ({ input }) => {
      const [alone, together] = [await one.selectiveScanUnfused(input), await two.kernels.selectiveScanUnfused(input)];
      expectIdentical(together.y, alone.y, 'y');
      expectIdentical(together.hLast, alone.hLast, 'hLast');
    }),
  );
});

test('a complex A is refused, and so is a wrong length', async () => {
  const { kernels } = under[0]!;
  await expect(kernels.selectiveScanUnfused(complexInput())).rejects.toThrow(
    new UnsupportedError('selectiveScanUnfused: the WebAssembly kernels have no complex A'),
  );
  await expect(kernels.selectiveScanUnfused({ ...zeroInput(), x: new Float32Array(5) })).rejects.toThrow(
    new RangeError('"x" expected length 6 (seqLen 3 × dInner 2), got 5'),
  );
});
