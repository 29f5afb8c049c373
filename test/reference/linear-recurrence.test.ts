import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecurrenceInput } from '../../src/reference/linear-recurrence.ts';
import { linearRecurrence } from '../../src/reference/linear-recurrence.ts';
import { gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { scans } from './scan-table.ts';

const problems: fc.Arbitrary<RecurrenceInput & { h0: Float64Array }> = fc
  .tuple(lengths(70), fc.integer({ min: 0, max: 3 }))
  .chain(([seqLen, channels]) =>
    fc.record({
      seqLen: fc.constant(seqLen),
      channels: fc.constant(channels),
      a: gridArray(seqLen * channels, 1),
      b: gridArray(seqLen * channels),
      h0: gridArray(channels),
    }),
  );

/** The exact states: all operands are k/8, so h_t·8^(t+2) is an integer. */
function exactStates({ seqLen, channels, a, b, h0 }: RecurrenceInput): { h: number[]; scale: number[] } {
  const run = (eighths: (value: number) => number) => {
    const states = new Array<number>(seqLen * channels);
    for (let d = 0; d < channels; d++) {
      let numerator = BigInt(8 * eighths(h0?.[d] ?? 0));
      let denominator = 8n;
      for (let t = 0; t < seqLen; t++) {
        const i = t * channels + d;
        numerator = numerator * BigInt(8 * eighths(a[i]!)) + BigInt(8 * eighths(b[i]!)) * denominator;
        denominator *= 8n;
        // Scaled to 80 extra bits, so that the division to a double loses nothing that matters.
        states[i] = Number((numerator << 80n) / denominator) / 2 ** 80;
      }
    }
    return states;
  };
  return { h: run((value) => value), scale: run(Math.abs) };
}

describe.each(Object.entries(scans))('linearRecurrence by %s', (_, scan) => {
  test('stays within 2·seqLen·u·scale of the exact states', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { h, scale } = exactStates(problem);
        // Proven: two roundings a token along any path. (Usually far less: seen at most 4.) The truth is cut at
        // 2^−80, which 1e-8·u covers.
        const k = 2 * problem.seqLen;
        expectWithin(linearRecurrence(problem, scan), h, { k, scale: scale.map((s) => s + 1e-8) });
      }),
    );
  });

  test('an initial state is exactly b_0 += a_0·h0', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { channels, a, b, h0, seqLen } = problem;
        const merged = b.map((value, i) => (i < channels ? a[i]! * h0[i]! + value : value));
        const without = linearRecurrence({ seqLen, channels, a, b: merged }, scan);
        expectIdentical(linearRecurrence(problem, scan), without);
      }),
    );
  });

  test('NaN and Infinity reach every later state and no earlier one', () => {
    for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const b = Float64Array.of(1, 2, poison, 4, 5);
      const a = new Float64Array(5).fill(0.5);
      const h = linearRecurrence({ seqLen: 5, channels: 1, a, b }, scan);
      expectIdentical(h, [1, 2.5, poison, poison, poison]);
    }
  });
});

test('h[t] depends on the channel: (seqLen, channels) is read row by row', () => {
  const a = Float64Array.of(1, 2, 1, 2);
  const b = Float64Array.of(1, 10, 3, 30);
  expectIdentical(linearRecurrence({ seqLen: 2, channels: 2, a, b }), [1, 10, 4, 50]);
});

test('wrong shapes are refused by name', () => {
  const good = { seqLen: 2, channels: 2, a: new Float64Array(4), b: new Float64Array(4) };
  const wrong: [Partial<RecurrenceInput>, string][] = [
    [{ a: new Float64Array(3) }, '"a" expected length 4 (seqLen 2 × channels 2), got 3'],
    [{ b: new Float64Array(5) }, '"b" expected length 4 (seqLen 2 × channels 2), got 5'],
    [{ h0: new Float64Array(1) }, '"h0" expected length 2 (channels 2), got 1'],
    [{ seqLen: -1 }, '"seqLen" expected an integer ≥ 0, got -1'],
    [{ channels: 0.5 }, '"channels" expected an integer ≥ 0, got 0.5'],
  ];
  for (const [change, message] of wrong) {
    expect(() => linearRecurrence({ ...good, ...change })).toThrow(new RangeError(message));
  }
});
