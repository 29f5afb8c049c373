/**
 * The selective scan against state-spaces/mamba's own reference and PyTorch's autograd (test/golden/README.md).
 */
import { describe, expect, test } from 'vitest';
import { selectiveScan } from '../../src/reference/selective-scan.ts';
import type { SelectiveScanGradients } from '../../src/reference/selective-scan-backward.ts';
import { selectiveScanBackward } from '../../src/reference/selective-scan-backward.ts';
import { selectiveScanParallel } from '../../src/reference/selective-scan-parallel.ts';
import { relativeError } from '../compare.ts';
import { goldenScans } from './golden-scan.ts';
import { scans } from './scan-table.ts';

/** Relative to the tensor's largest magnitude. Seen: at most 5e-15. */
const bound = 1e-11;

const cases = await goldenScans();

test('there are 24 cases, real and complex, constant, variable and grouped', () => {
  expect(cases).toHaveLength(24);
  const inputs = cases.flatMap(({ sequences }) => sequences.map(({ input }) => input));
  for (const trait of ['complex', 'constantB', 'constantC', 'D', 'z', 'deltaBias', 'deltaSoftplus'] as const) {
    expect(new Set(inputs.map((input) => Boolean(input[trait])))).toEqual(new Set([true, false]));
  }
  expect(new Set(inputs.map(({ groups }) => groups))).toEqual(new Set([1, 2]));
});

describe.each(cases)('$name', ({ sequences, shared }) => {
  test('outputs and last states', () => {
    for (const { input, y, hLast } of sequences) {
      const actual = selectiveScan(input);
      expect(relativeError(actual.y, y)).toBeLessThanOrEqual(bound);
      expect(relativeError(actual.hLast, hLast)).toBeLessThanOrEqual(bound);
    }
  });

  test('outputs and last states by every parallel scan, if A is real', () => {
    for (const scan of Object.values(scans)) {
      for (const { input, y, hLast } of sequences.filter((one) => !one.input.complex)) {
        const actual = selectiveScanParallel(input, scan);
        expect(relativeError(actual.y, y)).toBeLessThanOrEqual(bound);
        expect(relativeError(actual.hLast, hLast)).toBeLessThanOrEqual(bound);
      }
    }
  });

  test('every gradient', () => {
    const results = sequences.map(({ input, dY }) => selectiveScanBackward(input, { dY }));
    const compare = (name: string, actual: Float64Array, expected: Float64Array | undefined) => {
      if (expected !== undefined) expect(relativeError(actual, expected), name).toBeLessThanOrEqual(bound);
    };
    sequences.forEach(({ gradients }, b) => {
      for (const [name, expected] of Object.entries(gradients)) {
        compare(name, results[b]![name as keyof SelectiveScanGradients], expected);
      }
    });
    for (const [name, expected] of Object.entries(shared)) {
      const parts = results.map((result) => result[name as keyof SelectiveScanGradients]);
      compare(
        name,
        parts.reduce((sum, part) => sum.map((v, i) => v + part[i]!)),
        expected,
      );
    }
  });
});
