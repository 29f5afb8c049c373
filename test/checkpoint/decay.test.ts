import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { logOfDecay, logOfDecayInPlace } from '../../src/checkpoint/decay.ts';
import type { StoredTensor } from '../../src/checkpoint/tensor-file.ts';

const decay = (aLog: number) => Math.fround(-Math.exp(aLog));
const float32 = (min: number, max: number) => fc.float({ min, max, noNaN: true });

describe('logOfDecay', () => {
  it('gives back every float32 above 1 and below −1, and what models begin with: 0, log 2 … log 16', () => {
    const least = Math.fround(1 + 2 ** -23);
    const values = fc.oneof(float32(least, 80), float32(-80, -least));
    fc.assert(
      fc.property(values, (aLog) => {
        expect(logOfDecay(decay(aLog))).toBe(aLog);
      }),
      { numRuns: 20_000, examples: [[least], [2], [-2], [4], [80]] },
    );
    for (let n = 1; n <= 16; n++) expect(logOfDecay(decay(Math.fround(Math.log(n))))).toBe(Math.fround(Math.log(n)));
  });

  it('gives an aLog of the very same A, whatever float32 A is', () => {
    fc.assert(
      fc.property(float32(2 ** -120, 2 ** 120), (a) => {
        expect(decay(logOfDecay(-a))).toBe(-a);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is within 2^−23 between −1 and 1, where float32 has fewer A than aLog', () => {
    fc.assert(
      fc.property(float32(-1, 1), (aLog) => {
        expect(Math.abs(logOfDecay(decay(aLog)) - aLog)).toBeLessThanOrEqual(2 ** -23);
      }),
      { numRuns: 20_000, examples: [[1], [-1], [2 ** -30]] },
    );
    expect(decay(2 ** -30)).toBe(decay(0));
  });

  it('refuses what is no −exp: 0, numbers above it, NaN, infinities', () => {
    const tensor = { name: 'blk.0.ssm_a', source: bytesSource('g', new Uint8Array(0)) } as unknown as StoredTensor;
    for (const wrong of [0, -0, 1, Number.NaN, -Infinity, Infinity]) {
      expect(() => logOfDecayInPlace(Float64Array.of(-1, wrong), tensor)).toThrow(
        `g: tensor "blk.0.ssm_a": expected finite numbers below 0 (−exp of A_log), got ${wrong} at 1`,
      );
    }
  });
});
