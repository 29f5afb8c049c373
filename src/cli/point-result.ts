/**
 * How a child process that measures one point tells its parent what became of it.
 */
import { OutOfContextError, OutOfMemoryError, UnsupportedError } from '../engine/errors.ts';
import type { PointResult } from '../evaluate/sweep-record.ts';
import { UnavailableError } from './exit.ts';

/** What a point has ended with that has thrown. */
export function resultOfError(error: unknown): PointResult {
  const reason = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
  if (error instanceof OutOfMemoryError || isAllocation(error)) return { status: 'out of memory', reason };
  if (error instanceof OutOfContextError) return { status: 'out of context', reason };
  const unavailable = error instanceof UnsupportedError || error instanceof UnavailableError;
  return { status: unavailable ? 'unavailable' : 'failed', reason };
}

/** V8's words for an array or a WebAssembly memory that the system has not given. */
function isAllocation(error: unknown): boolean {
  return error instanceof RangeError && /allocat(?:e|ion)|out of memory/i.test(error.message);
}
