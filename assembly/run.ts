/**
 * Runs a program: operation records, one after another, on one thread or on several.
 */
import { Control } from './control';
import { scratchOf } from './control';
import { execute } from './execute';
import { operationAt } from './operation';
import { runThreads, workThreads } from './threads';

/**
 * Thread 0's part of the job, operations start … length − 1; see threads.ts for `arrived` and for the result.
 */
export function run(control: Control, start: i32, arrived: i32): i32 {
  if (ASC_FEATURE_THREADS && (control.job & 255) > 1) return runThreads(control, start, arrived);
  for (let i = start; i < control.length; i++) {
    const operation = operationAt(control.program, i);
    execute(operation, 0, operation.units, scratchOf(control, 0));
  }
  return control.length;
}

/** A worker's whole life; without threads it has none. */
export function work(control: Control): void {
  if (ASC_FEATURE_THREADS) workThreads(control);
}
