/**
 * The float64 model of the weight dtypes against the formats' own definition and against ties worked by hand.
 */
import { expect, test } from 'vitest';
import { bfloat16ToNumber, float16ToNumber } from '../../src/checkpoint/half.ts';
import { roundToEven, toBfloat16, toFloat16, toQ8 } from '../../src/oracle/rounding.ts';

test.each([
  { name: 'bfloat16', round: toBfloat16, value: bfloat16ToNumber },
  { name: 'float16', round: toFloat16, value: float16ToNumber },
])(
  '$name: all 65,536 patterns stay as they are; between two neighbours the nearer one, at half the even one',
  ({ round, value }) => {
    for (let bits = 0; bits < 65536; bits++) {
      const v = value(bits);
      if (!Object.is(round(v), v)) expect.fail(`${v} became ${round(v)}`);
      const next = value(bits + 1);
      if ((bits & 0x7fff) === 0x7fff || !Number.isFinite(v) || !Number.isFinite(next)) continue;
      const middle = (v + next) / 2;
      const even = bits % 2 === 0 ? v : next;
      if (round(middle) !== even) expect.fail(`${middle} expected ${even}, got ${round(middle)}`);
      if (round(v + (next - v) / 4) !== v) expect.fail(`${v + (next - v) / 4} expected ${v}`);
    }
  },
);

test('what is too large becomes infinite from half a step above the largest number', () => {
  expect([toFloat16(65519), toFloat16(65520), toFloat16(-65520)]).toEqual([65504, Infinity, -Infinity]);
  expect(toBfloat16(3.4e38)).toBe(Infinity);
});

test('halves go to the even neighbour', () => {
  expect([-1.5, -0.5, 0.5, 1.5, 2.5, 2.6].map(roundToEven)).toEqual([-2, -0, 0, 2, 2, 3]);
});

test("q8_0: multiples of a power of two with maximum 127 are exact; the error is at most ½ step and the scale's own", () => {
  const exact = Float32Array.from({ length: 64 }, (_, j) => ((j % 32 === 0 ? 127 : j - 40) / 64) * (j < 32 ? 1 : 4));
  expect(toQ8(exact)).toEqual(Float64Array.from(exact));
  const any = Float32Array.from({ length: 32 }, (_, j) => Math.sin(j));
  const largest = Math.max(...any.map(Math.abs));
  toQ8(any).forEach((q, j) => {
    expect(Math.abs(q - any[j]!)).toBeLessThanOrEqual(largest / 254 + largest * 2 ** -11);
  });
});

test('q8_0: a block with NaN or Infinity is NaN, a block of nothing is 0, its neighbours do not matter', () => {
  const values = new Float32Array(96).fill(1);
  values[3] = Infinity;
  values.fill(1e-9, 32, 64);
  const rounded = toQ8(values);
  expect(rounded.subarray(0, 32).every(Number.isNaN)).toBe(true);
  expect(rounded.subarray(32, 64).every((v) => v === 0)).toBe(true);
  expect(rounded[64]).toBeCloseTo(1, 3);
});
