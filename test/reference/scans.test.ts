/**
 * All scans against one definition. The free monoid (strings under concatenation) is the sharpest oracle there is:
 * an output is right exactly if it spells its prefix, so that no element may be lost, doubled or put out of order.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Affine, Monoid } from '../../src/reference/monoid.ts';
import { affine, sum } from '../../src/reference/monoid.ts';
import { scanBlelloch, scanBlellochExclusive } from '../../src/reference/scan-blelloch.ts';
import { scanChunked } from '../../src/reference/scan-chunked.ts';
import { scanCost } from '../../src/reference/scan-cost.ts';
import { scanHillisSteele } from '../../src/reference/scan-hillis-steele.ts';
import { scanReverse, scanSuffixes } from '../../src/reference/scan-reverse.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';
import { lengths } from '../arbitraries.ts';
import { chunkedBy, scans } from './scan-table.ts';

const words: Monoid<string> = { identity: '', combine: (earlier, later) => earlier + later };
const letters = lengths(130).map((length) => Array.from({ length }, (_, t) => `${t},`));

/** Maps whose scan is exact in float64 at any bracketing: a ∈ {0, ±1}, b a small integer. */
const exactMaps = lengths(300).chain((length) =>
  fc.array(fc.tuple(fc.constantFrom(0, 1, -1), fc.integer({ min: -9, max: 9 })), {
    minLength: length,
    maxLength: length,
  }),
);
/** The same with halves: exact while 2^−L·b still fits in 53 bits. */
const halvingMaps = lengths(40).chain((length) =>
  fc.array(fc.tuple(fc.constantFrom(0, 0.5, -0.5, 1, -1), fc.integer({ min: -9, max: 9 })), {
    minLength: length,
    maxLength: length,
  }),
);

/** h_t = a_t·h_{t−1} + b_t, written out once more, and without −0. */
function recurrence(maps: readonly Affine[]): number[] {
  let h = 0;
  return maps.map(([a, b]) => {
    h = a * h + b;
    return h + 0;
  });
}

describe.each(Object.entries(scans))('%s', (_, scan) => {
  test('spells every prefix in order, for any length', () => {
    fc.assert(
      fc.property(letters, (elements) => {
        expect(scan(words, elements)).toEqual(elements.map((_, t) => elements.slice(0, t + 1).join('')));
      }),
    );
  });

  test('is the recurrence, bit for bit on exact inputs', () => {
    fc.assert(
      fc.property(fc.oneof(exactMaps, halvingMaps), (maps) => {
        expect(scan(affine, maps).map(([, h]) => h + 0)).toEqual(recurrence(maps));
      }),
    );
  });

  test('gives Π a as its first component', () => {
    fc.assert(
      fc.property(halvingMaps, (maps) => {
        let product = 1;
        const products = maps.map(([a]) => {
          product *= a;
          return product + 0;
        });
        expect(scan(affine, maps).map(([a]) => a + 0)).toEqual(products);
      }),
    );
  });

  test('also scans sums', () => {
    expect(scan(sum, [3, 1, 7, 0, 4, 1, 6, 3])).toEqual([3, 4, 11, 11, 15, 16, 22, 25]);
  });

  test('leaves its input as it was, and shares nothing with it', () => {
    const elements = ['a', 'b', 'c'];
    const out = scan(words, elements);
    out[0] = 'changed';
    expect(elements).toEqual(['a', 'b', 'c']);
  });

  test('reversed, spells every suffix backwards; as suffixes, forwards', () => {
    fc.assert(
      fc.property(letters, (elements) => {
        const suffixes = elements.map((_, t) => elements.slice(t));
        expect(scanReverse(scan)(words, elements)).toEqual(suffixes.map((suffix) => suffix.toReversed().join('')));
        expect(scanSuffixes(scan)(words, elements)).toEqual(suffixes.map((suffix) => suffix.join('')));
      }),
    );
  });

  test('reversed over affine maps, is h_t = a_t·h_{t+1} + b_t', () => {
    fc.assert(
      fc.property(exactMaps, (maps) => {
        const backwards = recurrence(maps.toReversed()).reverse();
        expect(scanReverse(scan)(affine, maps).map(([, h]) => h + 0)).toEqual(backwards);
      }),
    );
  });
});

test('scanBlelloch, exclusive: out[t] spells what lies before t', () => {
  fc.assert(
    fc.property(letters, (elements) => {
      expect(scanBlellochExclusive(words, elements)).toEqual(elements.map((_, t) => elements.slice(0, t).join('')));
    }),
  );
});

test('scanChunked: any chunk length gives the same prefixes', () => {
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 140 }), (elements, chunk) => {
      expect(scanChunked(words, elements, chunk, scanSequential)).toEqual(scanSequential(words, elements));
    }),
  );
});

test('scanChunked refuses a chunk that is no integer ≥ 1', () => {
  for (const chunk of [0, -1, 1.5, Number.NaN]) {
    expect(() => scanChunked(words, ['a'], chunk, scanSequential)).toThrow(
      new RangeError(`"chunk" expected an integer ≥ 1, got ${chunk}`),
    );
  }
});

describe('a swapped combine is caught', () => {
  const swapped: Monoid<Affine> = { identity: [1, 0], combine: (e0, e1) => affine.combine(e1, e0) };
  const maps: Affine[] = [
    [0.5, 1],
    [2, 3],
  ];
  test.each(Object.entries(scans))('%s, from L = 2 on', (_, scan) => {
    expect(scan(swapped, maps)[1]).not.toEqual(scan(affine, maps)[1]);
  });
});

describe('cost', () => {
  const ceilLog2 = (n: number) => {
    let log = 0;
    while (2 ** log < n) log++;
    return log;
  };

  test('sequential: work and depth L − 1, for every L in 0 … 4,096', () => {
    for (let length = 0; length <= 4096; length++) {
      const expected = Math.max(0, length - 1);
      expect(scanCost(scanSequential, length)).toEqual({ work: expected, depth: expected });
    }
  });

  test('Blelloch: work 2(P − 1) + L and depth ≤ 2·log2 P + 1, for every L in 0 … 4,096', () => {
    for (let length = 0; length <= 4096; length++) {
      const { work, depth } = scanCost(scanBlelloch, length);
      const log = ceilLog2(length);
      expect(work).toBe(2 * (2 ** log - 1) + length);
      expect(depth).toBeLessThanOrEqual(length === 0 ? 0 : 2 * log + 1);
    }
  });

  test('Blelloch does less work than Hillis–Steele from L = 32 on, in at most 2·log2 L + 1 steps', () => {
    for (const length of [32, 256, 4096]) {
      const blelloch = scanCost(scanBlelloch, length);
      const hillisSteele = scanCost(scanHillisSteele, length);
      expect(blelloch.work).toBeLessThan(hillisSteele.work);
      expect(hillisSteele.depth).toBe(ceilLog2(length));
      expect(hillisSteele.depth).toBeLessThan(blelloch.depth);
    }
  });

  test('Hillis–Steele: work Σ_k (L − 2^k), depth ⌈log2 L⌉, for every L in 0 … 512', () => {
    for (let length = 0; length <= 512; length++) {
      let work = 0;
      for (let distance = 1; distance < length; distance *= 2) work += length - distance;
      expect(scanCost(scanHillisSteele, length)).toEqual({ work, depth: ceilLog2(length) });
    }
  });

  test('chunked by √L, sequential inside: depth about 2·√L', () => {
    // 64 chunks of 64: 63 in a chunk, 62 over the totals before the last, 1 for the fix-up.
    expect(scanCost(chunkedBy(64, scanSequential), 4096)).toEqual({ work: 64 * 63 + 63 + 63 * 64, depth: 126 });
  });
});
