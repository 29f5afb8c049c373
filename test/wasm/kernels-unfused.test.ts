/**
 * The scan through memory against the fused one: the same bits, so whatever is proven of one holds of the other. The
 * fused one is judged by the reference in conformance.test.ts; here once more, for constant B and C, which the Backend
 * does not offer.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { selectiveScan } from '../../src/reference/selective-scan.ts';
import { expectIdentical } from '../compare.ts';
import { kernelsUnderTest, scanProblems, twoThreads, worstShare } from './kernel-problems.ts';
import { scanErrors } from './scan-errors.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

describe.each(under)('$name', ({ kernels, resident }) => {
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

  test('both stay within the count of their roundings', async () => {
    await fc.assert(
      fc.asyncProperty(scanProblems({ discretization: 'mamba' }), async ({ input }) => {
        const { y, hLast } = await kernels.selectiveScanUnfused(input);
        const truth = selectiveScan(input);
        const errors = scanErrors(input);
        expect(worstShare(y, truth.y, { k: 1.01, scale: errors.y }), 'y').toBeLessThanOrEqual(1);
        expect(worstShare(hLast, truth.hLast, { k: 1.01, scale: errors.hLast }), 'hLast').toBeLessThanOrEqual(1);
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
  const zeros = (length: number) => new Float32Array(length);
  const input = {
    seqLen: 3,
    dInner: 2,
    dState: 2,
    x: zeros(6),
    delta: zeros(6),
    A: zeros(4),
    B: zeros(6),
    C: zeros(6),
  };
  await expect(
    kernels.selectiveScanUnfused({ ...input, complex: true, A: zeros(8), B: zeros(12), C: zeros(12) }),
  ).rejects.toThrow(new UnsupportedError('selectiveScanUnfused: the WebAssembly kernels have no complex A'));
  await expect(kernels.selectiveScanUnfused({ ...input, x: zeros(5) })).rejects.toThrow(
    new RangeError('"x" expected length 6 (seqLen 3 × dInner 2), got 5'),
  );
});
