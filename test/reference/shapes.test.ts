import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectOptionalShape, expectPresence, expectShape, expectSize } from '../../src/reference/shapes.ts';

describe('expectSize', () => {
  test('accepts every integer from the least one up', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), fc.nat(5), (least, more) => {
        expect(() => expectSize('n', least + more, least)).not.toThrow();
      }),
    );
    expect(() => expectSize('n', 0)).not.toThrow();
  });

  test.each([
    [-1, '"dState" expected an integer ≥ 0, got -1'],
    [1.5, '"dState" expected an integer ≥ 0, got 1.5'],
    [Number.NaN, '"dState" expected an integer ≥ 0, got NaN'],
    [Number.POSITIVE_INFINITY, '"dState" expected an integer ≥ 0, got Infinity'],
  ])('refuses %s by name', (value, message) => {
    expect(() => expectSize('dState', value)).toThrow(new RangeError(message));
  });

  test('refuses what is below the least size asked for', () => {
    expect(() => expectSize('chunk', 0, 1)).toThrow(new RangeError('"chunk" expected an integer ≥ 1, got 0'));
  });
});

describe('expectShape', () => {
  test('accepts exactly the product of the dims', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }), fc.nat(70), (sizes, length) => {
        const product = sizes.reduce((a, b) => a * b, 1);
        const dims = Object.fromEntries(sizes.map((size, i) => [`dim${i}`, size]));
        expect(() => expectShape('x', new Float64Array(product), dims)).not.toThrow();
        if (length !== product) expect(() => expectShape('x', new Float64Array(length), dims)).toThrow(RangeError);
      }),
    );
  });

  test('says what, expected and got', () => {
    expect(() => expectShape('delta', new Float64Array(11), { seqLen: 3, dInner: 4 })).toThrow(
      new RangeError('"delta" expected length 12 (seqLen 3 × dInner 4), got 11'),
    );
    expect(() => expectShape('D', [1, 2], { dInner: 1 })).toThrow(
      new RangeError('"D" expected length 1 (dInner 1), got 2'),
    );
  });

  test('refuses a size that is NaN', () => {
    expect(() => expectShape('D', [], { dInner: Number.NaN })).toThrow(
      new RangeError('"D" expected length NaN (dInner NaN), got 0'),
    );
  });

  test('does not judge values: NaN and Infinity pass', () => {
    expect(() => expectShape('x', [Number.NaN, Number.POSITIVE_INFINITY], { dInner: 2 })).not.toThrow();
  });
});

describe('expectOptionalShape', () => {
  test('accepts an absent operand, and judges a present one as expectShape does', () => {
    expect(() => expectOptionalShape('bias', undefined, { dInner: 2 })).not.toThrow();
    expect(() => expectOptionalShape('bias', [1, 2], { dInner: 2 })).not.toThrow();
    expect(() => expectOptionalShape('bias', [1], { dInner: 2 })).toThrow(
      new RangeError('"bias" expected length 2 (dInner 2), got 1'),
    );
  });
});

test('an optional operand is there exactly if its switch says so', () => {
  const bias = new Float64Array(1);
  expect(() => expectPresence('bias', bias, { useBias: true })).not.toThrow();
  expect(() => expectPresence('bias', undefined, { useBias: false })).not.toThrow();
  expect(() => expectPresence('bias', undefined, { useBias: true })).toThrow(
    new RangeError('"bias" expected an array since useBias is true, got none'),
  );
  expect(() => expectPresence('bias', bias, { useBias: false })).toThrow(
    new RangeError('"bias" expected none since useBias is false, got one'),
  );
});
