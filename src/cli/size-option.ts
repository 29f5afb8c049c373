/**
 * Options that are amounts of memory: 16GB, 1.5GiB, 800MB, 65536.
 */
import { Option } from 'commander';
import { UsageError } from './exit.ts';

const units: Readonly<Record<string, number>> = {
  ...{ '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40 },
};

const pattern = /^(\d+(?:\.\d*)?|\.\d+) ?([KMGT]?I?B)?$/i;

/** An option `--name <size>` in bytes. */
export function sizeOption(flag: string, description: string): Option {
  return new Option(`${flag} <size>`, description).argParser((text) => parseSize(flag, text));
}

/** @throws UsageError `--memory expected a size as 16GB or 1.5GiB, got "much"`; also for 0 */
export function parseSize(flag: string, text: string): number {
  const [, digits, unit = ''] = pattern.exec(text.trim()) ?? [];
  const bytes =
    digits === undefined ? Number.NaN : Math.floor(Number(digits) * (units[unit.toUpperCase()] ?? Number.NaN));
  if (!(bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new UsageError(`${flag} expected a size as 16GB or 1.5GiB, got ${JSON.stringify(text)}`);
  }
  return bytes;
}
