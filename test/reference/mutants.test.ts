/**
 * Planted mistakes: each wrong scan must be told from a right one by the goldens, or, for what the goldens do not
 * hold (initial states, packed sequences), by the reference itself.
 */
import { expect, test } from 'vitest';
import { selectiveScan } from '../../src/reference/selective-scan.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { relativeError } from '../compare.ts';
import { goldenScans } from './golden-scan.ts';
import type { Mistake } from './wrong-scan.ts';
import { mistakes, wrongScan } from './wrong-scan.ts';

const goldens = (await goldenScans()).flatMap(({ sequences }) => sequences);

/** The goldens, then each one with an initial state, then two sequences packed into one. */
const judged = goldens.flatMap(({ input, y, hLast }) => {
  const h0 = hLast.map((_, i) => ((i % 7) - 3) / 2);
  const half = Math.floor(input.seqLen / 2);
  const withState = { ...input, h0 };
  const packed = { ...input, cuSeqlens: [0, half, input.seqLen], h0: Float64Array.of(...h0, ...h0) };
  const byReference = (problem: SelectiveScanInput) => ({ input: problem, ...selectiveScan(problem) });
  return [{ input, y, hLast }, byReference(withState), byReference(packed)];
});

function caught(mistake: Mistake): number {
  return judged.filter(({ input, y, hLast }) => {
    const actual = wrongScan(input, mistake);
    return !(relativeError(actual.y, y) <= 1e-11 && relativeError(actual.hLast, hLast) <= 1e-11);
  }).length;
}

test('the second implementation without a mistake passes every case', () => {
  expect(caught('none')).toBe(0);
});

test.each(mistakes)('%s is caught', (mistake) => {
  expect(caught(mistake)).toBeGreaterThan(0);
});
