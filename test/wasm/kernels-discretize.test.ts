import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { DiscretizationRule } from '../../src/reference/discretize.ts';
import {
  discretizeBilinear,
  discretizeEuler,
  discretizeMamba,
  discretizeZoh,
  expm1Over,
} from '../../src/reference/discretize.ts';
import { sigmoid, softplus } from '../../src/reference/softplus.ts';
import type { Discretization } from '../../src/reference/types.ts';
import type { KernelRule } from '../../src/wasm/kernels.ts';
import { lengths } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { seededGrid } from '../reference/seeded-grid.ts';
import { kernelsUnderTest, twoThreads, worstShare } from './kernel-problems.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

interface Rule {
  readonly rule: KernelRule;
  readonly truth: DiscretizationRule;
  /** Roundings of Ā and B̄ at ΔA = v, relative to their magnitudes below. */
  readonly aErrors: (v: number) => number;
  readonly bErrors: (v: number) => number;
}

/** fl(ΔA) is off by u, which exp stretches to |v|·u; exp itself is within 1 ulp = 2u. */
const expErrors = (v: number) => Math.abs(v) + 2;
const rules: readonly Rule[] = [
  {
    rule: 'zoh',
    truth: discretizeZoh,
    aErrors: expErrors,
    // φ: 9 as in the table of src/oracle (a quotient that loses two bits, or the series), and fl(ΔA) by φ's condition,
    // which is at most max(1, v) (the last test of this file); two products.
    bErrors: (v) => 9 + Math.max(1, v) + 2,
  },
  // bilinear, with w = ½|ΔA| and ΔA ≤ 0, so that numerator and denominator are at most 1 + w in size: Ā's numerator and
  // denominator are each off by w (ΔA) and by 1 + w (their sums), over 1 + w: below 2 each; the quotient 1. B̄: ΔB 1.
  { rule: 'bilinear', truth: discretizeBilinear, aErrors: () => 5, bErrors: () => 4 },
  { rule: 'euler', truth: discretizeEuler, aErrors: () => 2, bErrors: () => 1 }, // ΔA and the sum; ΔB
  { rule: 'mamba', truth: discretizeMamba, aErrors: expErrors, bErrors: () => 1 },
];

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

describe.each(under)('$name', ({ kernels }) => {
  test.each(rules)('$rule: Ā and B̄ within their counts of roundings', async ({ rule, truth, aErrors, bErrors }) => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        const pairs = Array.from(delta, (step, i) => truth(step, A[i]!, B[i]!));
        const v = Array.from(delta, (step, i) => step * A[i]!);
        const { aBar, bBar } = await kernels.discretize({ rule, delta, A, B });
        // Ā of euler and bilinear may cancel: they are measured by 1 + |ΔA| and by (1 + |ΔA/2|)/(1 + |ΔA/2|) = 1.
        const largest = { euler: (x: number) => 1 + Math.abs(x), bilinear: () => 1 };
        const sizeOfA = largest[rule as 'euler'] ?? Math.exp;
        const aScale = v.map((x) => sizeOfA(x) * aErrors(x));
        const bScale = pairs.map(({ bBar: b }, i) => Math.abs(b) * bErrors(v[i]!));
        const expected = { aBar: pairs.map((pair) => pair.aBar), bBar: pairs.map((pair) => pair.bBar) };
        // 1.01: the terms in u²
        expect(worstShare(aBar, expected.aBar, { k: 1.01, scale: aScale }), 'aBar').toBeLessThanOrEqual(1);
        expect(worstShare(bBar, expected.bBar, { k: 1.01, scale: bScale }), 'bBar').toBeLessThanOrEqual(1);
      }),
    );
  });

  test('Δ = 0 leaves the state as it is: Ā = 1 and B̄ = 0, exactly, under every rule', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        for (const { rule } of rules) {
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
        for (const { rule } of rules) {
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

  test('exp within 1 ulp; softplus, silu and sigmoid within 2, of arrays of any length', async () => {
    const functions = [
      { kernel: 'exp' as const, truth: Math.exp, k: 2 },
      { kernel: 'softplus' as const, truth: softplus, k: 4 },
      { kernel: 'silu' as const, truth: (x: number) => x * sigmoid(x), k: 4 },
      { kernel: 'sigmoid' as const, truth: sigmoid, k: 4 },
    ];
    await fc.assert(
      fc.asyncProperty(operands, async ({ delta, A, B }) => {
        for (const { kernel, truth, k } of functions) {
          for (const x of [delta, A, B]) {
            const expected = Array.from(x, truth);
            const share = worstShare(await kernels[kernel](x), expected, { k, scale: expected.map(Math.abs) });
            expect(share, kernel).toBeLessThanOrEqual(1);
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
      for (const { rule } of rules) {
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

test('φ of the reference is what the bounds above assume: condition |v·φ′(v)/φ(v)| ≤ max(1, v)', () => {
  fc.assert(
    fc.property(fc.double({ min: -80, max: 80, noNaN: true }), (v) => {
      const slope = (expm1Over(v * (1 + 1e-6)) - expm1Over(v * (1 - 1e-6))) / 2e-6;
      expect(Math.abs(slope / expm1Over(v))).toBeLessThanOrEqual(Math.max(1, v) + 1e-3);
    }),
  );
});

/** One after the other: a machine runs one call at a time. */
async function inTurn<T, R>(items: readonly T[], call: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await call(item));
  return results;
}
