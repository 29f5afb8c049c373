/**
 * The comparator: bounds by element, NaN against NaN, infinities by sign, the worst place named.
 */
import { expect, test } from 'vitest';
import { compare } from '../../src/oracle/compare.ts';
import { u } from '../../src/oracle/operation.ts';

const y = (value: readonly number[], scale?: readonly number[]) => ({
  name: 'y',
  shape: { t: value.length / 2, d: 2 },
  value,
  ...(scale && { scale }),
});

test('the error counts in units of k·u·scale of its own element', () => {
  const expected = y([1, 100, 1, 1], [1, 100, 1, 4]);
  const { worst, report } = compare([1, 100 + 50 * u, 1, 1 + 8 * u], expected, 4);
  expect(worst).toBeCloseTo(0.5, 12);
  expect(report).toMatch(/^y \(t=1, d=1\) expected 1, got 1\.0000004/);
});

test('at the bound it passes, above it fails and is named', () => {
  expect(compare([1 + 4 * u, 1], y([1, 1], [1, 1]), 4).worst).toBeLessThanOrEqual(1);
  const { worst, report } = compare([1, 1 + 6 * u], y([1, 1], [1, 1]), 4);
  expect(worst).toBeCloseTo(1.5, 12);
  expect(report).toContain('y (t=0, d=1)');
});

test('NaN meets NaN and nothing else', () => {
  expect(compare([NaN, 1], y([NaN, 1], [1, 1]), 4).worst).toBe(0);
  expect(compare([NaN, 1], y([0, 1], [1, 1]), 4).worst <= 1).toBe(false);
  expect(compare([0, 1], y([NaN, 1], [1, 1]), 4).worst <= 1).toBe(false);
  expect(compare([0, NaN], y([0, 1]), 0).worst <= 1).toBe(false);
});

test('infinities meet by sign; what overflows float32 must be infinite', () => {
  expect(compare([Infinity, -Infinity], y([Infinity, -1e39], [1, 1]), 4).worst).toBe(0);
  expect(compare([-Infinity, 1], y([Infinity, 1], [1, 1]), 4).worst <= 1).toBe(false);
  expect(compare([3, 1], y([Infinity, 1], [1, 1]), 4).worst <= 1).toBe(false);
  expect(compare([Infinity, 1], y([3, 1], [1, 1]), 4).worst <= 1).toBe(false);
});

test('an infinite or missing scale lets nothing pass', () => {
  expect(compare([5, 1], y([1, 1], [NaN, 1]), 4).worst <= 1).toBe(false);
  expect(compare([1 + u, 1], y([1, 1]), 4).worst).toBe(Infinity);
});

test('a result of another length fails', () => {
  expect(compare([1], y([1, 1], [1, 1]), 4)).toEqual({ worst: Infinity, report: 'y expected 2 numbers, got 1' });
});
