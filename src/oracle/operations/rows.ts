/**
 * The operations on rows that compute nothing: argmax and copyRows.
 */
import type { Operation, Problem } from '../operation.ts';

export interface ArgmaxProblem extends Problem {
  readonly rows: number;
  readonly width: number;
  readonly x: Float32Array; // (rows, width)
}

export const argmax: Operation<ArgmaxProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const width = random.size(2 * most, 1);
    const x = random.floats(rows * width);
    if (random.boolean())
      for (const i of random.indices(Math.min(3, x.length), x.length)) x[i] = special(random.word());
    return { rows, width, x, gaps: random.gaps('x') };
  },

  truth({ rows, width, x }) {
    const value = Array.from({ length: rows }, (_, t) => {
      const row = Array.from(x.subarray(t * width, (t + 1) * width));
      const firstNaN = row.findIndex(Number.isNaN);
      return firstNaN >= 0 ? firstNaN : row.indexOf(row.reduce((most, v) => Math.max(most, v), -Infinity));
    });
    return [{ name: 'out', shape: { t: rows }, value }];
  },
};

function special(word: number): number {
  return [NaN, Infinity, -Infinity][word % 3]!;
}

export interface CopyRowsProblem extends Problem {
  readonly rows: number;
  readonly width: number;
  readonly sourceRows: number;
  readonly x: Float32Array; // (sourceRows, width)
  readonly index: Uint32Array; // (rows)
}

export const copyRows: Operation<CopyRowsProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const width = random.size(2 * most);
    const sourceRows = random.size(most, 1);
    const x = random.floats(sourceRows * width);
    return { rows, width, sourceRows, x, index: random.indices(rows, sourceRows), gaps: random.gaps('out', 'x') };
  },

  truth({ rows, width, x, index }) {
    const value = new Float64Array(rows * width);
    index.forEach((from, r) => {
      value.set(x.subarray(from * width, (from + 1) * width), r * width);
    });
    return [{ name: 'out', shape: { r: rows, i: width }, value }];
  },
};
