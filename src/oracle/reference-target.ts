/**
 * The reference, rounded to float32, as a target: what a kernel with a single rounding would give. It must pass.
 */
import { strict } from './arithmetic.ts';
import type { OperationName, Problems } from './operations.ts';
import { truthOf } from './operations.ts';
import type { Target } from './target.ts';

export const referenceTarget: Target = {
  name: 'reference',
  device: 'float64, rounded to float32',
  arithmetic: strict,
  run: async <O extends OperationName>(operation: O, problem: Problems[O]) =>
    Object.fromEntries(truthOf(operation, problem).map(({ name, value }) => [name, Float32Array.from(value)])),
};
