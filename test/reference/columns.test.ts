import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columns, joinColumns } from '../../src/reference/columns.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { expectUntouched } from './untouched.ts';

/** A matrix and the widths of the blocks it is made of; empty blocks and no rows included. */
const blockMatrix = fc
  .record({ rows: fc.nat(4), widths: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }) })
  .chain(({ rows, widths }) => {
    const width = widths.reduce((a, b) => a + b, 0);
    return fc.record({ rows: fc.constant(rows), widths: fc.constant(widths), data: gridArray(rows * width) });
  });

describe('columns', () => {
  test('takes entry (t, from + j) to entry (t, j)', () => {
    const matrix = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8); // 2 × 4
    expectIdentical(columns(matrix, 4, 1, 3), [2, 3, 6, 7]);
    expectIdentical(columns(matrix, 4, 0, 4), matrix);
    expectIdentical(columns(matrix, 4, 2, 2), []);
    expectIdentical(columns(Float32Array.of(1.5, 2.5), 2, 1, 2), [2.5]);
  });

  test('returns a fresh array even for the whole matrix', () => {
    const matrix = Float64Array.of(1, 2);
    const copy = columns(matrix, 2, 0, 2);
    copy[0] = 9;
    expect(matrix[0]).toBe(1);
  });
});

describe('joinColumns', () => {
  test('puts blocks side by side, row by row', () => {
    const left = { data: Float64Array.of(1, 2), width: 1 };
    const right = { data: Float32Array.of(10, 11, 20, 21), width: 2 };
    expectIdentical(joinColumns(2, [left, right]), [1, 10, 11, 2, 20, 21]);
    expectIdentical(joinColumns(2, []), []);
  });

  test('undoes columns: cutting a matrix into blocks and joining them gives the matrix', () => {
    fc.assert(
      fc.property(blockMatrix, ({ rows, widths, data }) => {
        const width = widths.reduce((a, b) => a + b, 0);
        let from = 0;
        const blocks = widths.map((w) => {
          const block = { data: expectUntouched(data, () => columns(data, width, from, from + w)), width: w };
          from += w;
          return block;
        });
        expectIdentical(
          expectUntouched(blocks, () => joinColumns(rows, blocks)),
          data,
        );
      }),
    );
  });
});
