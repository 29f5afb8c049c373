/**
 * The laws of causal attention, for both of its forms, against sums written from the definition and by metamorphosis.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attention, AttentionInput } from '../../src/reference/attention.ts';
import { attentionEager } from '../../src/reference/attention-eager.ts';
import { attentionFlash } from '../../src/reference/attention-flash.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { atMost } from './runs.ts';
import { attentions } from './small-gpt-neo.ts';
import { expectUntouched } from './untouched.ts';

const forms: [string, Attention][] = [
  ['eager', attentionEager],
  ['flash', attentionFlash],
  ['flash, tiles of 2 × 3', (input) => attentionFlash(input, { queries: 2, keys: 3 })],
];

/** Rows from … to − 1 of an array (rows, width). */
const rowsOf = (data: Float64Array, width: number, from: number, to?: number) =>
  data.subarray(from * width, to === undefined ? undefined : to * width);

/** The numbers of row j replaced, by NaN say: whoever looks at them cannot hide it. */
function withRow(data: AttentionInput['k'], width: number, j: number, value: number): Float64Array {
  return Float64Array.from(data).fill(value, j * width, (j + 1) * width);
}

describe.each(forms)('%s', (_, attend) => {
  test('two tokens by hand: scores are q·k, not divided by √headDim; the first token sees itself alone', () => {
    // Token 1 scores token 0 with 0 and itself with ln 3: weights ¼ and ¾.
    const q = Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1);
    const k = Float64Array.of(0, 0, 0, 0, Math.log(3), 0, 0, 0);
    const v = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const y = attend({ seqLen: 2, nHead: 1, headDim: 4, q, k, v });
    expectWithin(y, [1, 2, 3, 4, 4, 5, 6, 7], { k: 4, scale: 8 });
  });

  test('scores that are equal give the mean of the values in the window', () => {
    const v = Float64Array.of(1, 2, 4, 8, 16);
    const [q, k] = [new Float64Array(5), new Float64Array(5).fill(1)];
    const sizes = { seqLen: 5, nHead: 1, headDim: 1, q, k, v };
    expectWithin(attend({ ...sizes, window: 1 }), v, { k: 0, scale: 1 });
    expectWithin(attend({ ...sizes, window: 2 }), [1, 1.5, 3, 6, 12], { k: 0, scale: 1 });
    expectWithin(attend(sizes), [1, 1.5, 7 / 3, 15 / 4, 31 / 5], { k: 4, scale: 16 });
  });

  test('each result lies between the smallest and the largest value that its query sees', () => {
    fc.assert(
      fc.property(attentions(17), (input) => {
        const { seqLen, position, nHead, headDim, v, window = Infinity } = input;
        const y = attend(input);
        for (let i = 0; i < y.length; i++) {
          const [t, column] = [Math.floor(i / (nHead * headDim)), i % (nHead * headDim)];
          const seen = Array.from({ length: position + seqLen }, (__, j) => v[j * nHead * headDim + column]!).filter(
            (__, j) => position + t - window < j && j <= position + t,
          );
          const slack = 1e-14 * Math.max(...seen.map(Math.abs));
          expect(y[i]).toBeGreaterThanOrEqual(Math.min(...seen) - slack);
          expect(y[i]).toBeLessThanOrEqual(Math.max(...seen) + slack);
        }
      }),
      atMost(200),
    );
  });

  test('causality: what a token is does not change a bit of any row before it', () => {
    fc.assert(
      fc.property(attentions(17), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (input, share) => {
        const { seqLen, position, nHead, headDim } = input;
        const width = nHead * headDim;
        const t = Math.floor(share * seqLen);
        if (seqLen === 0) return;
        const [k, v] = [withRow(input.k, width, position + t, NaN), withRow(input.v, width, position + t, NaN)];
        const changed = attend({ ...input, k, v, q: withRow(input.q, width, t, NaN) });
        const before = attend(input);
        expectIdentical(rowsOf(changed, width, 0, t), rowsOf(before, width, 0, t));
        expect(rowsOf(changed, width, t, t + 1).every(Number.isNaN)).toBe(true);
      }),
      atMost(200),
    );
  });

  test('locality: a key counts for its window, not a row more or less', () => {
    fc.assert(
      fc.property(attentions(17), fc.nat(16), (input, someKey) => {
        const { seqLen, position, nHead, headDim, window = Infinity } = input;
        const [width, keys] = [nHead * headDim, position + seqLen];
        if (keys === 0) return;
        const j = someKey % keys;
        const k = withRow(input.k, width, j, NaN);
        const [changed, before] = [attend({ ...input, k }), attend(input)];
        for (let t = 0; t < seqLen; t++) {
          const row = rowsOf(changed, width, t, t + 1);
          if (position + t - window < j && j <= position + t) expect(row.every(Number.isNaN)).toBe(true);
          else expectIdentical(row, rowsOf(before, width, t, t + 1), `row ${t}, key ${j}`);
        }
      }),
      atMost(200),
    );
  });

  test('a cache continued at any place gives the same bits as all at once', () => {
    fc.assert(
      fc.property(attentions(17), (input) => {
        const { seqLen, position, nHead, headDim, q, k, v } = input;
        const width = nHead * headDim;
        const whole = attend(input);
        for (let cut = 0; cut <= seqLen; cut++) {
          const sizes = { ...input, seqLen: cut, q: q.subarray(0, cut * width) };
          const keys = (data: AttentionInput['k']) => data.subarray(0, (position + cut) * width);
          const first = attend({ ...sizes, k: keys(k), v: keys(v) });
          const rest = { seqLen: seqLen - cut, position: position + cut, q: q.subarray(cut * width) };
          const second = attend({ ...input, ...rest });
          expectIdentical(Float64Array.of(...first, ...second), whole);
        }
      }),
      atMost(100),
    );
  });

  test('treats each head alone', () => {
    fc.assert(
      fc.property(attentions(9), (input) => {
        const { nHead, headDim } = input;
        const y = expectUntouched(input, () => attend(input));
        for (let head = 0; head < nHead; head++) {
          const ofHead = (data: AttentionInput['k']) =>
            Float64Array.from(data).filter((__, i) => Math.floor(i / headDim) % nHead === head);
          const alone = attend({ ...input, nHead: 1, q: ofHead(input.q), k: ofHead(input.k), v: ofHead(input.v) });
          expectIdentical(ofHead(y), alone, `head ${head}`);
        }
      }),
      atMost(200),
    );
  });

  test('is linear in v, exactly so for powers of two', () => {
    fc.assert(
      fc.property(attentions(9), fc.integer({ min: -30, max: 30 }), (input, p) => {
        const scaled = attend({ ...input, v: Float64Array.from(input.v, (x) => x * 2 ** p) });
        expectIdentical(
          scaled,
          attend(input).map((x) => x * 2 ** p),
        );
      }),
    );
  });

  test.each([
    [{ seqLen: -1 }, '"seqLen" expected an integer ≥ 0, got -1'],
    [{ headDim: 0.5 }, '"headDim" expected an integer ≥ 0, got 0.5'],
    [{ position: NaN }, '"position" expected an integer ≥ 0, got NaN'],
    [{ window: 0 }, '"window" expected an integer ≥ 1, got 0'],
    [{ seqLen: 3 }, '"q" expected length 6 (seqLen 3 × nHead 1 × headDim 2), got 4'],
    [{ position: 1 }, '"k" expected length 6 (position + seqLen 3 × nHead 1 × headDim 2), got 4'],
    [{ v: new Float64Array(3) }, '"v" expected length 4 (position + seqLen 2 × nHead 1 × headDim 2), got 3'],
  ])('refuses %o', (wrong, message) => {
    const [q, k, v] = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
    const input = { seqLen: 2, nHead: 1, headDim: 2, q, k, v };
    expect(() => attend({ ...input, ...wrong })).toThrow(new RangeError(message));
  });
});
