import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matrixIdentity, matrixMultiply, matrixSolve } from '../../src/reference/matrix.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const square = (n: number) => ({ rows: n, inner: n, columns: n });

test('matrixIdentity has ones on the diagonal', () => {
  expectIdentical(matrixIdentity(0), []);
  expectIdentical(matrixIdentity(1), [1]);
  expectIdentical(matrixIdentity(3), [1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

describe('matrixMultiply', () => {
  test('by hand, with three different sizes', () => {
    const X = Float64Array.of(1, 2, 3, 4, 5, 6);
    const Y = Float64Array.of(1, 0, 2, -1, 0, 1, 1, 1, 1, 1, 0, 2);
    const Z = matrixMultiply({ rows: 2, inner: 3, columns: 4 }, X, Y);
    expectIdentical(Z, [4, 5, 4, 7, 10, 11, 13, 13]);
  });

  test('the identity changes nothing on either side, and products associate (exact on small integers)', () => {
    const integers = (length: number) => gridArray(length).map((values) => values.map((value) => 8 * value));
    const problems = fc.nat(5).chain((n) => fc.tuple(integers(n * n), integers(n * n), integers(n * n)));
    fc.assert(
      fc.property(problems, ([X, Y, Z]) => {
        const dims = square(Math.sqrt(X.length));
        const identity = matrixIdentity(dims.rows);
        expectIdentical(matrixMultiply(dims, X, identity), X);
        expectIdentical(matrixMultiply(dims, identity, X), X);
        expectIdentical(
          matrixMultiply(dims, matrixMultiply(dims, X, Y), Z),
          matrixMultiply(dims, X, matrixMultiply(dims, Y, Z)),
        );
      }),
    );
  });

  test('no inner size gives zeros, no rows give nothing', () => {
    expectIdentical(matrixMultiply({ rows: 2, inner: 0, columns: 1 }, new Float64Array(), new Float64Array()), [0, 0]);
    expectIdentical(matrixMultiply({ rows: 0, inner: 1, columns: 1 }, new Float64Array(), Float64Array.of(7)), []);
  });

  test('wrong shapes are refused by name', () => {
    const dims = { rows: 2, inner: 3, columns: 4 };
    expect(() => matrixMultiply(dims, new Float64Array(5), new Float64Array(12))).toThrow(
      new RangeError('"X" expected length 6 (rows 2 × inner 3), got 5'),
    );
    expect(() => matrixMultiply(dims, new Float64Array(6), new Float64Array(13))).toThrow(
      new RangeError('"Y" expected length 12 (inner 3 × columns 4), got 13'),
    );
  });
});

describe('matrixSolve', () => {
  test('A·X is Y again: the residual is within 16n·u·(|A|·|X| + |Y|)', () => {
    const problems = fc.tuple(fc.nat(5), fc.nat(3)).chain(([n, columns]) =>
      fc.record({
        n: fc.constant(n),
        columns: fc.constant(columns),
        A: gridArray(n * n, 4),
        Y: gridArray(n * columns),
      }),
    );
    fc.assert(
      fc.property(problems, ({ n, columns, A, Y }) => {
        // 21 on the diagonal outweighs the rest of a row (at most 4·5): never singular
        const dominant = A.map((value, i) => (i % (n + 1) === 0 ? value + 25 : value));
        const X = matrixSolve({ n, columns }, dominant, Y);
        const dims = { rows: n, inner: n, columns };
        const magnitudes = matrixMultiply(dims, dominant.map(Math.abs), X.map(Math.abs));
        expectWithin(matrixMultiply(dims, dominant, X), Y, {
          k: 16 * n,
          scale: magnitudes.map((value, i) => value + Math.abs(Y[i]!)),
        });
      }),
    );
  });

  test('by hand, exactly: A = [[2, 1], [4, 3]], whose second row is the pivot', () => {
    const X = matrixSolve({ n: 2, columns: 2 }, Float64Array.of(2, 1, 4, 3), Float64Array.of(4, 3, 10, 7));
    expectIdentical(X, [1, 1, 2, 1]);
  });

  test('rows are exchanged: [[0, 1], [1, 0]] swaps, and a cyclic shift of three shifts back', () => {
    expectIdentical(matrixSolve({ n: 2, columns: 1 }, Float64Array.of(0, 1, 1, 0), Float64Array.of(3, 5)), [5, 3]);
    const shift = Float64Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0);
    expectIdentical(matrixSolve({ n: 3, columns: 1 }, shift, Float64Array.of(1, 2, 3)), [3, 1, 2]);
  });

  test('the largest entry is the pivot, of either sign: a small one would lose the answer', () => {
    for (const sign of [1, -1]) {
      const A = Float64Array.of(1e-20, 1, sign, 1);
      expectWithin(matrixSolve({ n: 2, columns: 1 }, A, Float64Array.of(1, sign + 1)), [1, 1], { k: 4, scale: 1 });
    }
  });

  test('the operands stay as they were', () => {
    const A = Float64Array.of(0, 1, 2, 3);
    const Y = Float64Array.of(5, 6);
    matrixSolve({ n: 2, columns: 1 }, A, Y);
    expectIdentical(A, [0, 1, 2, 3]);
    expectIdentical(Y, [5, 6]);
  });

  test('an exactly singular matrix is refused, with the column', () => {
    const refuse = (A: Float64Array, n: number, column: number) =>
      expect(() => matrixSolve({ n, columns: 1 }, A, new Float64Array(n))).toThrow(
        new RangeError(`"A" expected a nonsingular matrix, got no pivot in column ${column}`),
      );
    refuse(Float64Array.of(0), 1, 0);
    refuse(Float64Array.of(1, 2, 2, 4), 2, 1);
    refuse(Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1), 3, 1);
  });

  test('NaN and Infinity propagate instead', () => {
    const y = Float64Array.of(1, 1);
    expect(matrixSolve({ n: 2, columns: 1 }, Float64Array.of(NaN, 0, 0, 1), y)[0]).toBeNaN();
    expect(matrixSolve({ n: 2, columns: 1 }, Float64Array.of(0, 1, NaN, 1), y)[0]).toBeNaN();
    expectIdentical(matrixSolve({ n: 2, columns: 1 }, Float64Array.of(1, 0, 0, 1), Float64Array.of(NaN, 2)), [
      NaN,
      NaN,
    ]);
  });

  test('wrong shapes are refused by name', () => {
    expect(() => matrixSolve({ n: 2, columns: 3 }, new Float64Array(3), new Float64Array(6))).toThrow(
      new RangeError('"A" expected length 4 (rows 2 × columns 2), got 3'),
    );
    expect(() => matrixSolve({ n: 2, columns: 3 }, new Float64Array(4), new Float64Array(5))).toThrow(
      new RangeError('"Y" expected length 6 (n 2 × columns 3), got 5'),
    );
  });
});
