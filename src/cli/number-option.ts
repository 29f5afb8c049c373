/**
 * Options that are numbers: plain decimals in a stated range. Nothing is clamped and nothing is guessed.
 */
import { Option } from 'commander';
import { UsageError } from './exit.ts';

export interface Range {
  /** Completes "expected …". */
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

export const atLeastZero: Range = { expected: 'a number ≥ 0', holds: (value) => value >= 0 };
export const aboveZero: Range = { expected: 'a number > 0', holds: (value) => value > 0 };
export const zeroToOne: Range = { expected: 'a number in [0, 1]', holds: (value) => value >= 0 && value <= 1 };
export const fraction: Range = { expected: 'a number in (0, 1]', holds: (value) => value > 0 && value <= 1 };

export function integerFrom(least: number): Range {
  return {
    expected: `an integer ≥ ${least}`,
    holds: (value) => Number.isSafeInteger(value) && value >= least,
  };
}

export function integerIn(least: number, most: number): Range {
  return {
    expected: `an integer in ${least}…${most}`,
    holds: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  };
}

export const seedRange: Range = {
  expected: `an integer in 0…${Number.MAX_SAFE_INTEGER}`,
  holds: (value) => Number.isSafeInteger(value) && value >= 0,
};

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** An option `--name <meaning>` whose text must be a decimal number within `range`. */
export function numberOption(flag: string, meaning: string, description: string, range: Range): Option {
  return new Option(`${flag} <${meaning}>`, description).argParser((text) => parseNumber(flag, text, range));
}

/**
 * @throws UsageError `--top-p expected a number in (0, 1], got "2"`; also for "", "1e", "0x10", "Infinity", " 1"
 */
export function parseNumber(flag: string, text: string, { expected, holds }: Range): number {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (!(Number.isFinite(value) && holds(value))) {
    throw new UsageError(`${flag} expected ${expected}, got ${JSON.stringify(text)}`);
  }
  return value + 0; // −0 becomes 0
}
