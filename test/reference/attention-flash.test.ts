import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttentionInput } from '../../src/reference/attention.ts';
import { score, visibleKeys } from '../../src/reference/attention.ts';
import { attentionEager } from '../../src/reference/attention-eager.ts';
import type { TileSizes } from '../../src/reference/attention-flash.ts';
import { attentionFlash, tileRows } from '../../src/reference/attention-flash.ts';
import { softmax } from '../../src/reference/softmax.ts';
import { lengths } from '../arbitraries.ts';
import { expectIdentical, u } from '../compare.ts';
import { atMost } from './runs.ts';
import { attentions } from './small-gpt-neo.ts';

const tileSizes: fc.Arbitrary<TileSizes> = fc.record({
  queries: fc.constantFrom(1, 2, 3, 4, 7, 8, 16, 64),
  keys: fc.constantFrom(1, 2, 3, 4, 7, 8, 16, 64),
});

/**
 * The bound of attention-flash.ts for every number of y: (4n + 8T + 12)·u·Σ_j p[j]·|v[j]|·(1 + d[j] + Σ_i p[i]·d[i]).
 */
function boundOf(input: AttentionInput, tiles: TileSizes): Float64Array {
  const { seqLen, position = 0, nHead, headDim, v } = input;
  const bound = new Float64Array(seqLen * nHead * headDim);
  for (let t = 0; t < seqLen; t++) {
    const [from, to] = visibleKeys(input, position + t);
    const n = to - from;
    const pieces = Math.floor((to - 1) / tiles.keys) - Math.floor(from / tiles.keys) + 1;
    for (let head = 0; head < nHead; head++) {
      const scores = Float64Array.from({ length: n }, (_, j) => score(input, head, t, from + j));
      const p = softmax(scores);
      const max = Math.max(...scores);
      const d = scores.map((s) => max - s);
      const mean = p.reduce((sum, weight, j) => sum + weight * d[j]!, 0);
      for (let c = 0; c < headDim; c++) {
        let scale = 0;
        for (let j = 0; j < n; j++) {
          scale += p[j]! * Math.abs(v[((from + j) * nHead + head) * headDim + c]!) * (1 + d[j]! + mean);
        }
        bound[(t * nHead + head) * headDim + c] = (4 * n + 8 * pieces + 12) * u * scale;
      }
    }
  }
  return bound;
}

describe('attentionFlash', () => {
  test('is attentionEager within its bound, for any length, window, head count and tile', () => {
    // Seen: 0.13 of the bound in 20,000 runs.
    fc.assert(
      fc.property(attentions(70), tileSizes, (input, tiles) => {
        const [flash, eager] = [attentionFlash(input, tiles), attentionEager(input)];
        const bound = boundOf(input, tiles);
        expect(flash.length).toBe(eager.length);
        for (let i = 0; i < eager.length; i++) {
          const error = Math.abs(flash[i]! - eager[i]!);
          if (!(error <= bound[i]!)) expect.fail(`y[${i}] expected ${eager[i]}, got ${flash[i]}, bound ${bound[i]}`);
        }
      }),
      atMost(300), // some milliseconds each
    );
  });

  test('does not change a bit with the tile of queries', () => {
    fc.assert(
      fc.property(attentions(40), tileSizes, fc.integer({ min: 1, max: 20 }), (input, tiles, queries) => {
        expectIdentical(attentionFlash(input, { ...tiles, queries }), attentionFlash(input, tiles));
      }),
      atMost(200),
    );
  });

  test('is eager bit for bit when one tile holds all that a query sees, but for where it divides', () => {
    // Values of one sign and weights whose sum is a power of two: both divisions are exact.
    const input = { seqLen: 4, nHead: 1, headDim: 1, q: new Float64Array(4), k: new Float64Array(4), window: 2 };
    const v = Float64Array.of(1 / 3, 2 / 3, 5 / 3, 7 / 3);
    expectIdentical(attentionFlash({ ...input, v }), attentionEager({ ...input, v }));
  });

  test.each([
    [{ queries: 0, keys: 1 }, '"tiles.queries" expected an integer ≥ 1, got 0'],
    [{ queries: 1, keys: NaN }, '"tiles.keys" expected an integer ≥ 1, got NaN'],
  ])('refuses tiles %o', (tiles, message) => {
    const none = new Float64Array();
    expect(() => attentionFlash({ seqLen: 0, nHead: 1, headDim: 1, q: none, k: none, v: none }, tiles)).toThrow(
      new RangeError(message),
    );
  });
});

describe('tileRows', () => {
  const problems = fc.record({
    ...{ seqLen: lengths(40), position: lengths(20), tiles: tileSizes },
    window: fc.constantFrom(undefined, 1, 2, 3, 7, 8, 9, 100),
  });

  test('covers each pair of a query and a key that it sees exactly once', () => {
    fc.assert(
      fc.property(problems, ({ tiles, ...input }) => {
        const rows = [...tileRows(input, tiles)];
        expect(
          rows.flatMap(({ queries: [from, to] }) => Array.from({ length: to - from }, (_, i) => from + i)),
        ).toEqual(Array.from({ length: input.seqLen }, (_, t) => t));
        for (const { queries, keyTiles } of rows) {
          for (let t = queries[0]; t < queries[1]; t++) {
            const [first, end] = visibleKeys(input, input.position + t);
            for (let j = first; j < end; j++) {
              expect(keyTiles.filter(([from, to]) => from <= j && j < to)).toHaveLength(1);
            }
          }
        }
      }),
    );
  });

  test('has no tile that none of its queries sees, so that a local layer has O(seqLen·window) of them', () => {
    fc.assert(
      fc.property(problems, ({ tiles, ...input }) => {
        for (const { queries, keyTiles } of tileRows(input, tiles)) {
          for (const [from, to] of keyTiles) {
            const seen = Array.from({ length: queries[1] - queries[0] }, (_, i) => {
              const [first, end] = visibleKeys(input, input.position + queries[0] + i);
              return from < end && first < to;
            });
            expect(seen).toContain(true);
          }
          // A row's windows together are window + queries − 1 keys, and touch at most two tiles more than fit into them.
          const keys = (input.window ?? Infinity) + tiles.queries - 1;
          expect(keyTiles.length).toBeLessThanOrEqual(keys / tiles.keys + 2);
        }
      }),
    );
  });
});
