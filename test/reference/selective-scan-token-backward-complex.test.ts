import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { SelectiveScanGradients } from '../../src/reference/selective-scan-backward.ts';
import { selectiveScanBackward } from '../../src/reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { tokenBackwardComplexInto } from '../../src/reference/selective-scan-token-backward-complex.ts';
import { gridArray } from '../arbitraries.ts';
import { expectWithin, largest } from '../compare.ts';
import { selectiveScanProblems } from './selective-scan-problems.ts';
import { expectUntouched } from './untouched.ts';

// Finite differences and goldens of the complex case are in selective-scan-backward.test.ts and golden-scan.test.ts.

describe('one token, complex A', () => {
  test('by hand, Δ·A = 0: h = h₋ + Δ·B·x, y = 2·Re(C·h)', () => {
    const input: SelectiveScanInput = {
      ...{ seqLen: 1, dInner: 1, dState: 1, complex: true },
      ...{ x: Float64Array.of(3), delta: Float64Array.of(0.5), A: Float64Array.of(0, 0) },
      ...{ B: Float64Array.of(4, 1), C: Float64Array.of(5, 2), D: Float64Array.of(7) },
    };
    const zeros = (length: number) => new Float64Array(length);
    const gradients: SelectiveScanGradients = {
      ...{ dX: zeros(1), dDelta: zeros(1), dZ: zeros(1), dD: zeros(1), dDeltaBias: zeros(1) },
      ...{ dA: zeros(2), dB: zeros(2), dC: zeros(2), dH0: zeros(2) },
    };
    const dH = Float64Array.of(1, 6);
    const token = { input, dY: Float64Array.of(10), t: 0, hBefore: Float64Array.of(2, -1) };
    expectUntouched(token, () => tokenBackwardComplexInto(gradients, dH, token));
    // dh = 2·10·conj(5 + 2i) + (1 + 6i) = 101 − 34i; h = (2 − i) + 1.5·(4 + i) = 8 + 0.5i; nothing is rounded.
    const exactly = (actual: Float64Array, expected: number[]) => expectWithin(actual, expected, { k: 0, scale: 1 });
    exactly(gradients.dC, [20 * 8, -20 * 0.5]);
    exactly(gradients.dB, [1.5 * 101, 1.5 * -34]);
    exactly(gradients.dA, [0.5 * (101 * 2 + 34), 0.5 * (101 - 34 * 2)]); // Δ·dh·conj(h₋)
    exactly(gradients.dX, [7 * 10 + 0.5 * (101 * 4 - 34)]); // D·gy + Re(dh·conj(Δ·B))
    exactly(gradients.dDelta, [3 * (101 * 4 - 34)]);
    exactly(gradients.dDeltaBias, [3 * (101 * 4 - 34)]);
    exactly(gradients.dD, [30]);
    exactly(dH, [101, -34]);
  });

  test('with zero imaginary parts and C halved it is the real one (κ = 2), within 4u a token of each tensor', () => {
    const problems = selectiveScanProblems({ mostTokens: 5 }).chain((input) =>
      fc.tuple(fc.constant(input), gridArray(input.seqLen * input.dInner)),
    );
    const pairs = (data: ArrayLike<number>, factor = 1) =>
      Float64Array.from({ length: 2 * data.length }, (_, i) => (i % 2 === 0 ? factor * data[i / 2]! : 0));
    const halved = { dA: 1, dB: 1, dC: 1 / 2, dH0: 1 } as const;
    fc.assert(
      fc.property(problems, ([input, dY]) => {
        const real = selectiveScanBackward(input, { dY });
        const { A, B, C, h0 } = input;
        const complex = selectiveScanBackward(
          { ...input, complex: true, A: pairs(A), B: pairs(B), C: pairs(C, 1 / 2), h0: h0 && pairs(h0) },
          { dY },
        );
        for (const [key, gradient] of Object.entries(real)) {
          const name = key as keyof SelectiveScanGradients;
          // C/2 stands for C, so its gradient is twice as large; imaginary parts drop out of real operands.
          const expected = name in halved ? pairs(gradient, 1 / halved[name as keyof typeof halved]) : gradient;
          const actual = name in halved ? complex[name].map((v, i) => (i % 2 === 0 ? v : 0)) : complex[name];
          // The same sums in another order: rounding of partial sums, of which some cancel.
          expectWithin(actual, expected, { k: 4 * (1 + input.seqLen), scale: 64 + largest(expected), what: name });
        }
      }),
    );
  });
});
