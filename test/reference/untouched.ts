/**
 * The law every reference operation obeys: its operands are as they were.
 */
import { expect } from 'vitest';

/** Runs `operation` and asserts that it changed nothing in `operands` (arrays, or records of them). */
export function expectUntouched<T>(operands: unknown, operation: () => T): T {
  const before = structuredClone(operands);
  const result = operation();
  expect(operands, 'operands after the call').toEqual(before);
  return result;
}
