import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/exit.ts';
import type { Range } from '../../src/cli/number-option.ts';
import {
  aboveZero,
  atLeastZero,
  fraction,
  integerFrom,
  numberOption,
  parseNumber,
  seedRange,
  zeroToOne,
} from '../../src/cli/number-option.ts';

const any: Range = { expected: 'a number', holds: () => true };

describe('parseNumber', () => {
  it('reads every finite number as JavaScript prints it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseNumber('--x', String(value), any)).toBe(value + 0);
      }),
    );
  });

  it('reads plain decimals, with a sign, a point or an exponent', () => {
    const cases = { '1': 1, '+1': 1, '-1.5': -1.5, '.5': 0.5, '5.': 5, '1e3': 1000, '2E-1': 0.2, '-0': 0, '007': 7 };
    for (const [text, value] of Object.entries(cases)) expect(parseNumber('--x', text, any)).toBe(value);
  });

  it('refuses everything else, with flag, expected and got', () => {
    const texts = [
      '',
      ' ',
      '1 ',
      ' 1',
      'abc',
      '1e',
      'e1',
      '0x10',
      '0b1',
      '1_000',
      '1,5',
      'NaN',
      'Infinity',
      '-Infinity',
    ];
    for (const text of [...texts, '1e999', '.', '+', '--1', '1.2.3', '1n', '१', '1\n']) {
      expect(() => parseNumber('--x', text, any)).toThrow(
        new UsageError(`--x expected a number, got ${JSON.stringify(text)}`),
      );
    }
  });

  it.each<[string, Range, number[], number[]]>([
    ['a number ≥ 0', atLeastZero, [0, 1e300], [-1e-300]],
    ['a number > 0', aboveZero, [1e-300], [0, -1]],
    ['a number in [0, 1]', zeroToOne, [0, 1, 0.5], [-0.1, 1.1]],
    ['a number in (0, 1]', fraction, [1e-9, 1], [0, 1.1, -1]],
    ['an integer ≥ 0', integerFrom(0), [0, 7, 2 ** 53 - 1], [-1, 0.5, 2 ** 53]],
    ['an integer ≥ 1', integerFrom(1), [1], [0, 1.5]],
    ['an integer in 0…9007199254740991', seedRange, [0, 2 ** 53 - 1], [-1, 0.5, 2 ** 53]],
  ])('holds values to %s', (expected, range, good, bad) => {
    for (const value of good) expect(parseNumber('--x', String(value), range)).toBe(value);
    for (const value of bad) {
      expect(() => parseNumber('--x', String(value), range)).toThrow(
        new UsageError(`--x expected ${expected}, got "${value}"`),
      );
    }
  });
});

describe('numberOption', () => {
  it('is an option with a required value', () => {
    const option = numberOption('--top-p', 'p', 'what it is', fraction);
    expect([option.flags, option.description, option.required]).toEqual(['--top-p <p>', 'what it is', true]);
    expect(option.parseArg?.('0.5', undefined)).toBe(0.5);
  });
});
