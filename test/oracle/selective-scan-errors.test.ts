/**
 * What the count of roundings assumes of φ(v) = (exp(v) − 1)/v.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { phiCondition } from '../../src/oracle/operations/selective-scan-errors.ts';
import { expm1Over, expm1OverDerivative } from '../../src/reference/discretize.ts';

test('|v·φ′(v)/φ(v)| is at most v for v > 0, and min(1, |v|) for v ≤ 0', () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (v) => {
      const condition = Math.abs((v * expm1OverDerivative(v)) / expm1Over(v));
      expect(condition).toBeLessThanOrEqual(phiCondition(v) * (1 + 2 ** -49)); // rounding of the test itself
    }),
  );
});
