import { expect, test } from 'vitest';
import { freeMemory, memoryReport } from '../../src/api/free-memory.node.ts';

const machine = { platform: 'linux', totalBytes: 16e9, freeBytes: 9e9, availableBytes: 9e9 };

test('what a container leaves counts, not what the machine around it has', () => {
  expect(freeMemory({ ...machine, availableBytes: 2e9 })).toBe(2e9);
  expect(freeMemory(machine)).toBe(9e9);
});

test('macOS, which calls almost nothing free, has half of its memory at least', () => {
  expect(freeMemory({ ...machine, platform: 'darwin', freeBytes: 2e8, availableBytes: 2e8 })).toBe(8e9);
  expect(freeMemory({ ...machine, platform: 'darwin', freeBytes: 12e9, availableBytes: 12e9 })).toBe(12e9);
});

test('this machine has some, and no more than it has', () => {
  const { totalBytes } = memoryReport();
  expect(freeMemory()).toBeGreaterThan(0);
  expect(freeMemory()).toBeLessThanOrEqual(totalBytes);
});
