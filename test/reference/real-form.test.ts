import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matrixMultiply } from '../../src/reference/matrix.ts';
import { complexColumn, complexForm, realColumn, realForm } from '../../src/reference/real-form.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';

const shapes = fc.tuple(fc.nat(4), fc.nat(4)).map(([rows, columns]) => ({ rows, columns }));

test('by hand: [1 + 2i, 3 + 4i] is [[1, 3, −2, −4], [2, 4, 1, 3]]', () => {
  const R = realForm({ rows: 1, columns: 2 }, Float64Array.of(1, 2, 3, 4));
  expectIdentical(R, [1, 3, -2, -4, 2, 4, 1, 3]);
});

test('complexForm undoes realForm, for any shape', () => {
  fc.assert(
    fc.property(
      shapes.chain((dims) => fc.tuple(fc.constant(dims), gridArray(2 * dims.rows * dims.columns))),
      ([dims, Z]) => expectIdentical(complexForm(dims, realForm(dims, Z)), Z),
    ),
  );
});

test('the real form of a product is the product of real forms (exact on the grid)', () => {
  const problems = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).chain(([rows, inner, columns]) =>
    fc.record({
      rows: fc.constant(rows),
      inner: fc.constant(inner),
      columns: fc.constant(columns),
      X: gridArray(2 * rows * inner),
      Y: gridArray(2 * inner * columns),
    }),
  );
  fc.assert(
    fc.property(problems, ({ rows, inner, columns, X, Y }) => {
      const Z = new Float64Array(2 * rows * columns);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let k = 0; k < inner; k++) {
            const [a, b] = [X[2 * (i * inner + k)]!, X[2 * (i * inner + k) + 1]!];
            const [c, d] = [Y[2 * (k * columns + j)]!, Y[2 * (k * columns + j) + 1]!];
            Z[2 * (i * columns + j)]! += a * c - b * d;
            Z[2 * (i * columns + j) + 1]! += a * d + b * c;
          }
        }
      }
      const doubled = matrixMultiply(
        { rows: 2 * rows, inner: 2 * inner, columns: 2 * columns },
        realForm({ rows, columns: inner }, X),
        realForm({ rows: inner, columns }, Y),
      );
      expectIdentical(doubled, realForm({ rows, columns }, Z));
    }),
  );
});

test('realColumn is the left half of a column’s real form, and complexColumn undoes it', () => {
  expectIdentical(realColumn(Float64Array.of(1, 2, 3, 4)), [1, 3, 2, 4]);
  expectIdentical(complexColumn(Float64Array.of(1, 3, 2, 4)), [1, 2, 3, 4]);
  fc.assert(
    fc.property(
      fc.nat(5).chain((n) => gridArray(2 * n)),
      (z) => {
        expectIdentical(complexColumn(realColumn(z)), z);
        const left = realForm({ rows: z.length / 2, columns: 1 }, z).filter((_, i) => i % 2 === 0);
        expectIdentical(realColumn(z), left);
      },
    ),
  );
});

describe('wrong shapes are refused by name', () => {
  test('realForm', () => {
    expect(() => realForm({ rows: 2, columns: 3 }, new Float64Array(6))).toThrow(
      new RangeError('"Z" expected length 12 (rows 2 × columns 3 × complex 2), got 6'),
    );
  });

  test('complexForm', () => {
    expect(() => complexForm({ rows: 2, columns: 3 }, new Float64Array(12))).toThrow(
      new RangeError('"R" expected length 24 (doubleRows 4 × doubleColumns 6), got 12'),
    );
  });
});
