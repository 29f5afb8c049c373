import { describe, expect, it } from 'vitest';
import { parseBatches } from '../../src/cli/batches-option.ts';
import { parseSize } from '../../src/cli/size-option.ts';

describe('sizes', () => {
  it.each([
    ['16GB', 16e9],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['63.98 GiB', Math.floor(63.98 * 2 ** 30)],
    ['512mb', 512e6],
    ['.5kB', 500],
    ['8KiB', 8192],
    ['2TiB', 2 ** 41],
    ['65536', 65536],
    ['7B', 7],
  ])('%s are bytes', (text, bytes) => {
    expect(parseSize('--memory', text)).toBe(bytes);
  });

  it.each(['', '0', '-1GB', '1e9', '16 G', '16GBs', 'GB', '0x10', 'Infinity', '1.5.2MB', '0.1B', '99999999TB'])(
    '%j is none',
    (text) => {
      const line = `--memory expected a size as 16GB or 1.5GiB, got ${JSON.stringify(text)}`;
      expect(() => parseSize('--memory', text)).toThrow(line);
    },
  );
});

describe('batch sizes', () => {
  it('rise, whatever the order in which they are given', () => {
    expect(parseBatches('--sweep', '8, 1,4')).toEqual([1, 4, 8]);
    expect(parseBatches('--sweep', '16')).toEqual([16]);
  });

  it.each(['', '1,', '0', '1,two', '1.5', '65537', '1;2'])('%j are none', (text) => {
    expect(() => parseBatches('--sweep', text)).toThrow('--sweep expected an integer in 1…65536, got ');
  });
});
