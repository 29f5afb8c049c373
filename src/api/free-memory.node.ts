/**
 * How much memory a model may take.
 */
import { freemem, totalmem } from 'node:os';

export interface MemoryReport {
  readonly platform: string;
  readonly totalBytes: number;
  /** What the system calls free. */
  readonly freeBytes: number;
  /** The same within the limit of a container, where there is one. */
  readonly availableBytes: number;
}

/** This machine, now. */
export function memoryReport(): MemoryReport {
  const { platform } = process;
  return { platform, totalBytes: totalmem(), freeBytes: freemem(), availableBytes: process.availableMemory() };
}

/**
 * Bytes that are free, or become so when somebody needs them: within a container's limit too. macOS counts as used what
 * only holds copies of files, and says a few hundred megabytes on any machine; half of its memory is taken as free there.
 */
export function freeMemory({ platform, totalBytes, freeBytes, availableBytes } = memoryReport()): number {
  const free = Math.min(freeBytes, availableBytes);
  return platform === 'darwin' ? Math.max(free, totalBytes / 2) : free;
}
