import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DenseAffine } from '../../src/reference/dense-affine.ts';
import { affineImage, denseAffine } from '../../src/reference/dense-affine.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';

const maps = (n: number): fc.Arbitrary<DenseAffine> => fc.record({ A: gridArray(n * n), b: gridArray(n) });
const problems = fc
  .nat(3)
  .chain((n) => fc.record({ n: fc.constant(n), h: gridArray(n), e0: maps(n), e1: maps(n), e2: maps(n) }));

function expectSame(actual: DenseAffine, expected: DenseAffine): void {
  expectIdentical(actual.A, expected.A);
  expectIdentical(actual.b, expected.b);
}

test('combine applies the earlier map first (exact on the grid)', () => {
  fc.assert(
    fc.property(problems, ({ n, h, e0, e1 }) => {
      const { A, b } = denseAffine(n).combine(e0, e1);
      expectIdentical(affineImage(A, h, b), affineImage(e1.A, affineImage(e0.A, h, e0.b), e1.b));
    }),
  );
});

test('it is associative, with (I, 0) as identity (exact on the grid)', () => {
  fc.assert(
    fc.property(problems, ({ n, e0, e1, e2 }) => {
      const { combine, identity } = denseAffine(n);
      expectSame(combine(combine(e0, e1), e2), combine(e0, combine(e1, e2)));
      expectSame(combine(identity, e0), e0);
      expectSame(combine(e0, identity), e0);
    }),
  );
});

test('affineImage by hand, and refused shapes', () => {
  expectIdentical(affineImage(Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6), Float64Array.of(7, 8)), [24, 47]);
  expect(() => affineImage(new Float64Array(3), new Float64Array(2), new Float64Array(2))).toThrow(RangeError);
});
