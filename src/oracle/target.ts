/**
 * What the suite judges: something that runs one operation on one problem.
 */
import type { Backend } from '../engine/backend.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Result } from './operation.ts';
import type { OperationName, Problems } from './operations.ts';

export interface Target {
  readonly name: string;
  /** Build and threads, or the renderer. */
  readonly device: string;
  /** What its results may round. */
  readonly arithmetic: Arithmetic;
  /** What runs an engine there; absent where none does. The target keeps it: whoever uses it gives back what he allocates. */
  readonly backend?: Backend | undefined;
  /**
   * @returns the outputs by the names that the truth gives them
   * @throws UnsupportedError for what the target cannot do
   */
  run<O extends OperationName>(operation: O, problem: Problems[O]): Promise<Result>;
}
