import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linear, linearBackward } from '../../src/reference/linear.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectUntouched } from './untouched.ts';

// On the grid all sums below are exact: products of up to three k/8 with |k| ≤ 16, a few dozen of them.

/** Dims first, 0 included, then two inputs, a weight, a bias and an upstream gradient. */
const problems = fc.record({ rows: fc.nat(3), dIn: fc.nat(4), dOut: fc.nat(3) }).chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    x: gridArray(dims.rows * dims.dIn),
    x2: gridArray(dims.rows * dims.dIn),
    weight: gridArray(dims.dOut * dims.dIn),
    bias: gridArray(dims.dOut),
    dY: gridArray(dims.rows * dims.dOut),
  }),
);

const sum = (a: Float64Array, b: Float64Array) => a.map((v, i) => v + b[i]!);

describe('linear', () => {
  test('is weight·x + bias, worked by hand', () => {
    const dims = { rows: 2, dIn: 3, dOut: 2 };
    const x = Float64Array.of(1, 2, 3, 4, 5, 6);
    const weight = Float64Array.of(1, 0, -1, 2, 1, 0.5);
    expectIdentical(linear(dims, x, weight), [-2, 5.5, -2, 16]);
    expectIdentical(linear(dims, x, weight, Float64Array.of(10, 20)), [8, 25.5, 8, 36]);
  });

  test('with the identity matrix returns x', () => {
    fc.assert(
      fc.property(
        fc
          .record({ rows: fc.nat(3), n: fc.nat(4) })
          .chain(({ rows, n }) => fc.tuple(fc.constant(n), gridArray(rows * n))),
        ([n, x]) => {
          const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
          expectIdentical(linear({ rows: n === 0 ? 0 : x.length / n, dIn: n, dOut: n }, x, identity), x);
        },
      ),
    );
  });

  test('is linear in x: f(x + x′) = f(x) + f(x′), exactly on the grid', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, x2, weight }) => {
        expectIdentical(linear(dims, sum(x, x2), weight), sum(linear(dims, x, weight), linear(dims, x2, weight)));
      }),
    );
  });

  test('scales bit for bit with powers of two, for any numbers', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: -20, max: 20 }), ({ dims, x, weight }, power) => {
        const third = x.map((v) => v / 3);
        const scaled = linear(
          dims,
          third.map((v) => v * 2 ** power),
          weight,
        );
        expectIdentical(
          scaled,
          linear(dims, third, weight).map((v) => v * 2 ** power),
        );
      }),
    );
  });

  test('reads Float32 operands as the numbers they hold, leaves operands alone and returns fresh float64', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, weight, bias }) => {
        const y = expectUntouched([x, weight, bias], () => linear(dims, x, weight, bias));
        const single = linear(dims, new Float32Array(x), new Float32Array(weight), new Float32Array(bias));
        expect(single).toBeInstanceOf(Float64Array);
        expectIdentical(single, y);
      }),
    );
  });

  test('lets NaN and Infinity through to their row alone', () => {
    const y = linear({ rows: 3, dIn: 1, dOut: 1 }, Float64Array.of(Number.NaN, Infinity, 1), Float64Array.of(-2));
    expectIdentical(y, [Number.NaN, -Infinity, -2]);
  });

  test.each([
    [{ rows: 1.5, dIn: 2, dOut: 2 }, '"rows" expected an integer ≥ 0, got 1.5'],
    [{ rows: 1, dIn: -2, dOut: 2 }, '"dIn" expected an integer ≥ 0, got -2'],
    [{ rows: 1, dIn: 2, dOut: Number.NaN }, '"dOut" expected an integer ≥ 0, got NaN'],
    [{ rows: 2, dIn: 2, dOut: 2 }, '"x" expected length 4 (rows 2 × dIn 2), got 2'],
    [{ rows: 1, dIn: 2, dOut: 3 }, '"weight" expected length 6 (dOut 3 × dIn 2), got 4'],
  ])('refuses %o, forward and backward', (dims, message) => {
    const [x, weight, dY] = [new Float64Array(2), new Float64Array(4), new Float64Array(2)];
    expect(() => linear(dims, x, weight)).toThrow(new RangeError(message));
    expect(() => linearBackward(dims, x, weight, dY)).toThrow(new RangeError(message));
  });

  test('refuses a bias and a dY of the wrong length', () => {
    const dims = { rows: 1, dIn: 2, dOut: 3 };
    const [x, weight] = [new Float64Array(2), new Float64Array(6)];
    expect(() => linear(dims, x, weight, new Float64Array(2))).toThrow(
      new RangeError('"bias" expected length 3 (dOut 3), got 2'),
    );
    expect(() => linearBackward(dims, x, weight, new Float64Array(2))).toThrow(
      new RangeError('"dY" expected length 3 (rows 1 × dOut 3), got 2'),
    );
  });
});

describe('linearBackward', () => {
  test('is worked by hand', () => {
    const dims = { rows: 2, dIn: 2, dOut: 1 };
    const gradients = linearBackward(dims, Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6), Float64Array.of(1, -2));
    expectIdentical(gradients.dX, [5, 6, -10, -12]);
    expectIdentical(gradients.dWeight, [1 - 6, 2 - 8]);
    expectIdentical(gradients.dBias, [-1]);
  });

  // For a map that is linear in an operand, this identity in all directions is the definition of the gradient.
  test('is adjoint to linear, exactly: ⟨dY, W·x′⟩ = ⟨dX, x′⟩ = ⟨dWeight(x′), W⟩, ⟨dY, bias⟩ = ⟨dBias, bias⟩', () => {
    fc.assert(
      fc.property(problems, ({ dims, x, x2, weight, bias, dY }) => {
        const gradients = expectUntouched([x, weight, dY], () => linearBackward(dims, x, weight, dY));
        const throughX = linear(dims, x2, weight);
        expect(dot(gradients.dX, x2)).toBe(dot(dY, throughX));
        expect(dot(linearBackward(dims, x2, weight, dY).dWeight, weight)).toBe(dot(dY, throughX));
        const biases = linear(dims, new Float64Array(x.length), weight, bias);
        expect(dot(gradients.dBias, bias)).toBe(dot(dY, biases));
      }),
    );
  });
});
