import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convolveCausal, fft, fftInverse } from '../../src/reference/fft.ts';
import { grid, gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const signals = fc
  .nat(5)
  .chain((log2) => fc.record({ n: fc.constant(2 ** log2), re: gridArray(2 ** log2), im: gridArray(2 ** log2) }));

const norm = (...parts: ArrayLike<number>[]) => Math.hypot(...parts.flatMap((part) => Array.from(part)));

/** X[k] = Σ_j x[j]·exp(sign·2πi·jk/n), term by term. */
function naive(re: Float64Array, im: Float64Array, sign: number): { re: number[]; im: number[] } {
  const n = re.length;
  const sums = { re: new Array<number>(n).fill(0), im: new Array<number>(n).fill(0) };
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      sums.re[k]! += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
      sums.im[k]! += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
    }
  }
  return sums;
}

describe('fft', () => {
  test('is the DFT’s sum, n up to 32', () => {
    fc.assert(
      fc.property(signals, ({ n, re, im }) => {
        const expected = naive(re, im, -1);
        const X = fft(re, im);
        // the sum’s own rounding included: n terms, each below ‖x‖
        const bound = { k: 8 + n, scale: Math.sqrt(n) * norm(re, im) };
        expectWithin(X.re, expected.re, bound);
        expectWithin(X.im, expected.im, bound);
      }),
    );
  });

  test('by hand: [1, 2, 3, 4] becomes [10, −2 + 2i, −2, −2 − 2i]', () => {
    const X = fft(Float64Array.of(1, 2, 3, 4), new Float64Array(4));
    expectWithin(X.re, [10, -2, -2, -2], { k: 4, scale: 4 });
    expectWithin(X.im, [0, 2, 0, -2], { k: 4, scale: 4 });
  });

  test('an impulse becomes ones, exactly', () => {
    const X = fft(Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0), new Float64Array(8));
    expectIdentical(X.re, new Array(8).fill(1));
    expectIdentical(X.im, new Array(8).fill(0));
  });

  test('Parseval: ‖X‖ = √n·‖x‖', () => {
    fc.assert(
      fc.property(signals, ({ n, re, im }) => {
        const X = fft(re, im);
        const expected = Math.sqrt(n) * norm(re, im);
        expectWithin([norm(X.re, X.im)], [expected], { k: 8 + 6 * Math.log2(n), scale: expected });
      }),
    );
  });

  test('one sample is itself, in a fresh array', () => {
    const re = Float64Array.of(5);
    const im = Float64Array.of(-7);
    const X = fft(re, im);
    expectIdentical(X.re, [5]);
    expectIdentical(X.im, [-7]);
    expect(X.re).not.toBe(re);
    expect(X.im).not.toBe(im);
  });
});

describe('fftInverse', () => {
  test('is (1/n)·the DFT’s sum with the other sign, n up to 32', () => {
    fc.assert(
      fc.property(signals, ({ n, re, im }) => {
        const expected = naive(re, im, 1);
        const x = fftInverse(re, im);
        const bound = { k: 8 + n, scale: norm(re, im) };
        expectWithin(
          x.re,
          expected.re.map((value) => value / n),
          bound,
        );
        expectWithin(
          x.im,
          expected.im.map((value) => value / n),
          bound,
        );
      }),
    );
  });

  test('undoes fft', () => {
    fc.assert(
      fc.property(signals, ({ n, re, im }) => {
        const X = fft(re, im);
        const x = fftInverse(X.re, X.im);
        const bound = { k: 8 + 12 * Math.log2(n), scale: norm(re, im) };
        expectWithin(x.re, re, bound);
        expectWithin(x.im, im, bound);
      }),
    );
  });
});

describe('convolveCausal', () => {
  test('is Σ_{l ≤ t} K[l]·u[t − l], within 32·log2(4L)·u·‖K‖·‖u‖', () => {
    const problems = lengths(20).chain((length) => fc.tuple(gridArray(length), gridArray(length)));
    fc.assert(
      fc.property(problems, ([K, input]) => {
        const expected = K.map((_, t) => {
          let sum = 0;
          for (let l = 0; l <= t; l++) sum += K[l]! * input[t - l]!;
          return sum;
        });
        const scale = norm(K) * norm(input);
        expectWithin(convolveCausal(K, input), expected, { k: 32 * Math.log2(4 * K.length + 1), scale });
      }),
    );
  });

  test('the end does not wrap round into the start, at any length', () => {
    for (const length of [1, 2, 3, 4, 5, 7, 8, 9]) {
      const last = new Float64Array(length);
      last[length - 1] = 1;
      const y = convolveCausal(last, new Float64Array(length).fill(1));
      expectWithin(y, last, { k: 64, scale: Math.sqrt(length) });
    }
  });

  test('the kernel 1, 0, 0, … gives the input back', () => {
    fc.assert(
      fc.property(grid(4), grid(4), grid(4), (a, b, c) => {
        const y = convolveCausal(Float64Array.of(1, 0, 0), Float64Array.of(a, b, c));
        expectWithin(y, [a, b, c], { k: 64, scale: norm([a, b, c]) });
      }),
    );
  });
});

describe('wrong lengths are refused by name', () => {
  test.each([
    ['fft', fft],
    ['fftInverse', fftInverse],
  ])('%s', (_, transform) => {
    for (const n of [0, 3, 6, 12]) {
      expect(() => transform(new Float64Array(n), new Float64Array(n))).toThrow(
        new RangeError(`"re" expected a power of two as its length, got ${n}`),
      );
    }
    expect(() => transform(new Float64Array(4), new Float64Array(2))).toThrow(
      new RangeError('"im" expected length 4 (n 4), got 2'),
    );
  });

  test('convolveCausal', () => {
    expect(() => convolveCausal(new Float64Array(3), new Float64Array(2))).toThrow(
      new RangeError('"u" expected length 3 (length 3), got 2'),
    );
  });
});
