import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Words2, Words4 } from '../../src/generation/philox.ts';
import { philox4x32 } from '../../src/generation/philox.ts';

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');
const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));

/** The same ten rounds on integers without a width: hi and lo are a division by 2³² and its remainder. */
function philoxOnBigInts(counter: Words4, key: Words2): number[] {
  const twoTo32 = 2n ** 32n;
  let c = counter.map(BigInt);
  let k = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c[0]!;
    const p1 = 0xcd9e8d57n * c[2]!;
    c = [(p1 / twoTo32) ^ c[1]! ^ k[0]!, p1 % twoTo32, (p0 / twoTo32) ^ c[3]! ^ k[1]!, p0 % twoTo32];
    k = [(k[0]! + 0x9e3779b9n) % twoTo32, (k[1]! + 0xbb67ae85n) % twoTo32];
  }
  return c.map(Number);
}

describe('philox4x32', () => {
  it('gives the known answers that Random123 publishes for ten rounds', () => {
    const ones = 0xffffffff;
    expect(hex(philox4x32([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    expect(hex(philox4x32([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    expect(hex(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]))).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    );
  });

  it('equals the same rounds on integers without a width, for any counter and key', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect([...philox4x32(counter, key)]).toEqual(philoxOnBigInts(counter, key));
      }),
    );
  });
});
