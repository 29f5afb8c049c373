import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesText } from '../../src/evaluate/bytes-text.ts';

test.each([
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [16e9, '16.0 GB'],
  [999.96e9, '1.0 TB'],
  [2.5e15, '2500.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('what is needed is never said to be less than it is, nor what there is to be more', () => {
  const bytesOf = (text: string) => {
    const [digits, unit] = text.split(' ');
    return Number(digits) * 1e3 ** ['bytes', 'kB', 'MB', 'GB', 'TB'].indexOf(unit!.replace(/^byte$/, 'bytes'));
  };
  fc.assert(
    fc.property(fc.double({ min: 0, max: 14, noNaN: true }), (power) => {
      const bytes = Math.floor(10 ** power);
      // The products are rounded to doubles: 2⁻⁵² of them twice.
      const near = 4 * Number.EPSILON * bytes;
      expect(bytesOf(bytesText(bytes, { digits: 2, round: 'up' }))).toBeGreaterThanOrEqual(bytes - near);
      expect(bytesOf(bytesText(bytes, { digits: 2, round: 'down' }))).toBeLessThanOrEqual(bytes + near);
    }),
  );
});
