import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NoiseKey } from '../../src/generation/noise.ts';
import { gumbelNoise, uniformFromWord } from '../../src/generation/noise.ts';
import { philox4x32 } from '../../src/generation/philox.ts';
import { expectIdentical } from '../compare.ts';

const word = fc.nat(0xffffffff);
const keys: fc.Arbitrary<NoiseKey> = fc.record({ seed: fc.maxSafeNat(), sequence: word, position: word });
const someTokens = fc.array(fc.nat(60_000), { maxLength: 12 });

describe('gumbelNoise', () => {
  it('is the mapping its header states, word by word', () => {
    fc.assert(
      fc.property(keys, someTokens, ({ seed, sequence, position }, tokens) => {
        const key = [Number(BigInt(seed) % 2n ** 32n), Number(BigInt(seed) / 2n ** 32n)] as const;
        const expected = tokens.map((token) => {
          const words = philox4x32([Math.floor(token / 4), position, sequence, 0], key);
          return -Math.log(-Math.log((words[token % 4]! + 0.5) * 2 ** -32));
        });
        expectIdentical(gumbelNoise({ seed, sequence, position }, tokens), expected);
      }),
    );
  });

  it('of a token does not depend on which other tokens are asked for', () => {
    fc.assert(
      fc.property(keys, someTokens, (key, tokens) => {
        const alone = tokens.map((token) => gumbelNoise(key, [token])[0]!);
        expectIdentical(gumbelNoise(key, tokens), alone);
      }),
    );
  });

  it('changes with each of seed (both halves), sequence, position and token', () => {
    const key = { seed: 1, sequence: 1, position: 1 };
    const values = [
      gumbelNoise(key, [1]),
      gumbelNoise({ ...key, seed: 2 }, [1]),
      gumbelNoise({ ...key, seed: 1 + 2 ** 32 }, [1]),
      gumbelNoise({ ...key, sequence: 2 }, [1]),
      gumbelNoise({ ...key, position: 2 }, [1]),
      gumbelNoise(key, [2]),
      gumbelNoise(key, [5]),
    ].map(([g]) => g);
    expect(new Set(values).size).toBe(values.length);
  });

  it('is fixed for all time: four values by hand from the known answer for zeros', () => {
    const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
    const expected = words.map((w) => -Math.log(-Math.log((w + 0.5) / 4294967296)));
    expectIdentical(gumbelNoise({ seed: 0, sequence: 0, position: 0 }, [0, 1, 2, 3]), expected);
  });

  it('has the mean γ and the variance π²/6 of Gumbel’s distribution (100,000 draws, 4 standard errors)', () => {
    const count = 100_000;
    const draws = gumbelNoise(
      { seed: 5, sequence: 0, position: 0 },
      Uint32Array.from({ length: count }, (_, i) => i),
    );
    const mean = draws.reduce((sum, g) => sum + g, 0) / count;
    const variance = draws.reduce((sum, g) => sum + (g - mean) ** 2, 0) / count;
    const sigma2 = Math.PI ** 2 / 6;
    // The fourth central moment is 3π⁴/20 + π⁴/15·…: kurtosis 27/5, so Var(sample variance) = σ⁴·(27/5 − 1)/n.
    expect(Math.abs(mean - 0.5772156649015329) / Math.sqrt(sigma2 / count)).toBeLessThan(4);
    expect(Math.abs(variance - sigma2) / (sigma2 * Math.sqrt(4.4 / count))).toBeLessThan(4);
  });

  it('refuses keys that are no integers in their range', () => {
    const key = { seed: 0, sequence: 0, position: 0 };
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => gumbelNoise({ ...key, seed: bad }, [0])).toThrow(
        new RangeError(`"seed" expected an integer in 0…9007199254740991, got ${bad}`),
      );
    }
    for (const name of ['sequence', 'position'] as const) {
      for (const bad of [-1, 0.5, Number.NaN, 2 ** 32]) {
        expect(() => gumbelNoise({ ...key, [name]: bad }, [0])).toThrow(
          new RangeError(`"${name}" expected an integer in 0…4294967295, got ${bad}`),
        );
      }
    }
  });

  it('accepts the largest key', () => {
    const key = { seed: 2 ** 53 - 1, sequence: 2 ** 32 - 1, position: 2 ** 32 - 1 };
    expect(Number.isFinite(gumbelNoise(key, [50_279])[0])).toBe(true);
  });
});

describe('uniformFromWord', () => {
  it('maps the least and the greatest word strictly inside (0, 1), symmetrically', () => {
    expect(uniformFromWord(0)).toBe(2 ** -33);
    expect(uniformFromWord(0xffffffff)).toBe(1 - 2 ** -33);
  });
});
