import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embedding, embeddingBackward, expectId } from '../../src/reference/embedding.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectUntouched } from './untouched.ts';

const problems = fc
  .record({ vocabSize: fc.integer({ min: 1, max: 5 }), dModel: fc.nat(3), seqLen: fc.nat(6) })
  .chain(({ vocabSize, dModel, seqLen }) =>
    fc.record({
      dims: fc.constant({ vocabSize, dModel }),
      ids: fc.array(fc.nat(vocabSize - 1), { minLength: seqLen, maxLength: seqLen }),
      weight: gridArray(vocabSize * dModel),
      dX: gridArray(seqLen * dModel),
    }),
  );

const wrongIds: [number, string][] = [
  [-1, '-1'],
  [3, '3'],
  [0.5, '0.5'],
  [Number.NaN, 'NaN'],
];

describe('embedding', () => {
  test('x[t] is row ids[t] of the table', () => {
    const weight = Float64Array.of(1, 2, 3, 4, 5, 6);
    expectIdentical(embedding({ vocabSize: 3, dModel: 2 }, [2, 0, 2], weight), [5, 6, 1, 2, 5, 6]);
    expectIdentical(embedding({ vocabSize: 3, dModel: 2 }, [], weight), []);
    expectIdentical(embedding({ vocabSize: 2, dModel: 1 }, Int32Array.of(1), Float32Array.of(0.5, 0.25)), [0.25]);
  });

  test('copies: writing into x does not reach the table', () => {
    const weight = Float64Array.of(1, 2);
    embedding({ vocabSize: 2, dModel: 1 }, [0], weight)[0] = 9;
    expectIdentical(weight, [1, 2]);
  });

  test.each(wrongIds)('refuses the id %s by its place, forward and backward', (id, got) => {
    const dims = { vocabSize: 3, dModel: 1 };
    const error = new RangeError(`"ids[1]" expected a token id in [0, 3), got ${got}`);
    expect(() => embedding(dims, [0, id], new Float64Array(3))).toThrow(error);
    expect(() => embeddingBackward(dims, [0, id], new Float64Array(2))).toThrow(error);
    expect(() => expectId('ids[1]', id, 3)).toThrow(error);
  });

  test('accepts the first and the last id', () => {
    expect(expectId('id', 0, 3)).toBe(0);
    expect(expectId('id', 2, 3)).toBe(2);
  });

  test('refuses sizes and lengths that do not fit', () => {
    expect(() => embedding({ vocabSize: 3, dModel: 2 }, [0], new Float64Array(5))).toThrow(
      new RangeError('"weight" expected length 6 (vocabSize 3 × dModel 2), got 5'),
    );
    expect(() => embeddingBackward({ vocabSize: 3, dModel: 2 }, [0, 1], new Float64Array(3))).toThrow(
      new RangeError('"dX" expected length 4 (seqLen 2 × dModel 2), got 3'),
    );
    for (const [dims, message] of [
      [{ vocabSize: 1.5, dModel: 2 }, '"vocabSize" expected an integer ≥ 0, got 1.5'],
      [{ vocabSize: 2, dModel: 1.5 }, '"dModel" expected an integer ≥ 0, got 1.5'],
    ] as const) {
      expect(() => embedding(dims, [], new Float64Array(3))).toThrow(new RangeError(message));
      expect(() => embeddingBackward(dims, [], new Float64Array(0))).toThrow(new RangeError(message));
    }
  });
});

describe('embeddingBackward', () => {
  test('sums the rows of repeated ids and leaves unused rows zero', () => {
    const dims = { vocabSize: 3, dModel: 2 };
    expectIdentical(embeddingBackward(dims, [2, 0, 2], Float64Array.of(1, 2, 3, 4, 5, 6)), [3, 4, 0, 0, 6, 8]);
  });

  test('is adjoint to embedding, exactly on the grid: ⟨dX, weight[ids]⟩ = ⟨dWeight, weight⟩', () => {
    fc.assert(
      fc.property(problems, ({ dims, ids, weight, dX }) => {
        const x = expectUntouched([ids, weight], () => embedding(dims, ids, weight));
        const dWeight = expectUntouched([ids, dX], () => embeddingBackward(dims, ids, dX));
        expect(dot(dWeight, weight)).toBe(dot(dX, x));
      }),
    );
  });
});
