import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, expectRange } from '../../src/checkpoint/byte-source.ts';
import { expectRefusal } from './refusal.ts';

const nine = Uint8Array.from({ length: 9 }, (_, i) => i);

describe('bytesSource', () => {
  it('reads exactly the bytes [offset, offset + length) of every range inside', async () => {
    const range = fc.integer({ min: 0, max: 9 }).chain((offset) => fc.tuple(fc.constant(offset), fc.nat(9 - offset)));
    await fc.assert(
      fc.asyncProperty(range, async ([offset, length]) => {
        const expected = Array.from({ length }, (_, i) => offset + i);
        expect(Array.from(await bytesSource('nine', nine).read(offset, length))).toEqual(expected);
      }),
    );
  });

  it('knows its name and size, and reads the same when its method is taken off it', async () => {
    const { name, size, read } = bytesSource('nine', nine);
    expect([name, size]).toEqual(['nine', 9]);
    expect(Array.from(await read(7, 2))).toEqual([7, 8]);
  });

  it('refuses ranges that leave it by one byte at either end', async () => {
    const source = bytesSource('nine', nine);
    const message = (length: number, offset: number) => `expected ${length} bytes at ${offset}, got a file of 9 bytes`;
    for (const [offset, length] of [
      [-1, 1],
      [0, 10],
      [9, 1],
      [8, 2],
      [10, 0],
      [3, -1],
    ] as const) {
      await expectRefusal(() => source.read(offset, length), { file: 'nine', message: message(length, offset) });
    }
  });
});

describe('expectRange', () => {
  it('refuses what is no whole number, and sums that would round', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    for (const [offset, length] of [
      [Number.NaN, 1],
      [1, Number.NaN],
      [0.5, 1],
      [0, 1.5],
      [0, Infinity],
      [2 ** 53, 0],
    ]) {
      await expectRefusal(() => expectRange({ name: 'f', size: 2 ** 60 }, offset!, length!), {
        file: 'f',
        message: `expected ${length} bytes at ${offset}, got a file of ${2 ** 60} bytes`,
      });
    }
    expect(() => expectRange({ name: 'f', size: most }, most - 1, 1)).not.toThrow();
    await expectRefusal(() => expectRange({ name: 'f', size: most }, most, 1), {
      file: 'f',
      message: `expected 1 bytes at ${most}, got a file of ${most} bytes`,
    });
  });
});
