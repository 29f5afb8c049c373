import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hippoLegS } from '../../src/reference/hippo.ts';
import { matrixIdentity, matrixMultiply } from '../../src/reference/matrix.ts';
import { matrixExponential } from '../../src/reference/matrix-exponential.ts';
import { grid, gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';

const product = (n: number, X: Float64Array, Y: Float64Array) =>
  matrixMultiply({ rows: n, inner: n, columns: n }, X, Y);

const squares = fc.integer({ min: 0, max: 5 }).chain((n) => fc.tuple(fc.constant(n), gridArray(n * n)));

/** exp run on magnitudes: no entry of exp(A), nor of a partial result, exceeds the largest of exp(|A|). */
function magnitude(n: number, A: Float64Array): number {
  return largest(matrixExponential(n, A.map(Math.abs)));
}

test('exp(0) = I, exactly', () => {
  for (const n of [0, 1, 2, 5]) expectIdentical(matrixExponential(n, new Float64Array(n * n)), matrixIdentity(n));
});

test('a 1 × 1 matrix: within 2,048u of exp(x) relative, −24 ≤ x ≤ 24, across three squarings', () => {
  for (let x = -24; x <= 24; x += 1 / 8) {
    const scale = Math.exp(x);
    expectWithin(matrixExponential(1, Float64Array.of(x)), [scale], { k: 2048, scale });
    if (Math.abs(x) <= 1) expectWithin(matrixExponential(1, Float64Array.of(x)), [scale], { k: 16, scale });
  }
});

test('a nilpotent matrix ends its series: exp(N) = I + N + N²/2', () => {
  fc.assert(
    fc.property(gridArray(3, 4), ([a, b, c]) => {
      const E = matrixExponential(3, Float64Array.of(0, a!, b!, 0, 0, c!, 0, 0, 0));
      const scale = 1 + Math.abs(a!) + Math.abs(c!) + Math.abs(b!) + Math.abs(a! * c!);
      expectWithin(E, [1, a!, b! + (a! * c!) / 2, 0, 1, c!, 0, 0, 1], { k: 32, scale });
    }),
  );
});

test('[[0, −θ], [θ, 0]] becomes the rotation by θ', () => {
  fc.assert(
    fc.property(grid(8), (theta) => {
      const E = matrixExponential(2, Float64Array.of(0, -theta, theta, 0));
      const [c, s] = [Math.cos(theta), Math.sin(theta)];
      expectWithin(E, [c, -s, s, c], { k: 32, scale: Math.exp(Math.abs(theta)) });
    }),
  );
});

test('P·diag(d)·P⁻¹ becomes P·diag(exp d)·P⁻¹', () => {
  // P = [[1, 1], [1, 2]], P⁻¹ = [[2, −1], [−1, 1]]
  fc.assert(
    fc.property(grid(3), grid(3), (d, e) => {
      const conjugated = (x: number, y: number) => Float64Array.of(2 * x - y, y - x, 2 * x - 2 * y, 2 * y - x);
      const A = conjugated(d, e);
      const E = matrixExponential(2, A);
      expectWithin(E, conjugated(Math.exp(d), Math.exp(e)), { k: 32, scale: magnitude(2, A) });
    }),
  );
});

test('exp(A)·exp(−A) = I within 64n·u·max|exp(|A|)|²', () => {
  fc.assert(
    fc.property(squares, ([n, A]) => {
      const negated = A.map((value) => -value);
      const both = product(n, matrixExponential(n, A), matrixExponential(n, negated));
      expectWithin(both, matrixIdentity(n), { k: 64 * n, scale: magnitude(n, A) ** 2 });
    }),
  );
});

test('exp(Aᵀ) = exp(A)ᵀ', () => {
  fc.assert(
    fc.property(squares, ([n, A]) => {
      const transposed = (X: Float64Array) => X.map((_, i) => X[(i % n) * n + Math.floor(i / n)]!);
      const scale = magnitude(n, A);
      expectWithin(matrixExponential(n, transposed(A)), transposed(matrixExponential(n, A)), { k: 64 * n, scale });
    }),
  );
});

test('the series Σ A^k/k! agrees, on both sides of the first scaling', () => {
  fc.assert(
    fc.property(squares, fc.constantFrom(0.25, 1), ([n, A], factor) => {
      const scaled = A.map((value) => factor * value);
      let term = matrixIdentity(n);
      let sum = matrixIdentity(n);
      for (let k = 1; k < 80; k++) {
        term = product(n, term, scaled).map((value) => value / k);
        sum = sum.map((value, i) => value + term[i]!);
      }
      expectWithin(matrixExponential(n, scaled), sum, { k: 64 * n, scale: magnitude(n, scaled) });
    }),
  );
});

test('the diagonal of a triangular matrix is exponentiated entry by entry: HiPPO-LegS', () => {
  const { A } = hippoLegS(4);
  const E = matrixExponential(4, A);
  for (let i = 0; i < 4; i++) {
    expectWithin([E[i * 4 + i]!], [Math.exp(-(i + 1))], { k: 64, scale: magnitude(4, A) });
  }
});

test('the 1-norm is that of columns: [[0, 0], [6, 0]] is halved once and stays exact', () => {
  expectIdentical(matrixExponential(2, Float64Array.of(0, 0, 6, 0)), [1, 0, 6, 1]);
  expectIdentical(matrixExponential(2, Float64Array.of(0, 6, 0, 0)), [1, 6, 0, 1]);
});

describe('at the edge', () => {
  test('a large decay underflows to 0, a large growth overflows', () => {
    expectIdentical(matrixExponential(1, Float64Array.of(-1e6)), [0]);
    expectIdentical(matrixExponential(1, Float64Array.of(1e6)), [Infinity]);
  });

  test('NaN or Infinity anywhere makes every entry NaN', () => {
    for (const poison of [NaN, Infinity, -Infinity]) {
      expectIdentical(matrixExponential(2, Float64Array.of(0, poison, 0, 0)), [NaN, NaN, NaN, NaN]);
    }
  });

  test('a wrong length is refused', () => {
    expect(() => matrixExponential(2, new Float64Array(3))).toThrow(
      new RangeError('"A" expected length 4 (rows 2 × columns 2), got 3'),
    );
  });
});
