/**
 * The rules of discretize-dense.ts for complex A and B, through their real form (real-form.ts).
 *
 * Complex systems are linear over the reals too: [Re h; Im h]′ = realForm(A)·[Re h; Im h] + [Re B; Im B]·u.
 */
import type { Discrete } from './discretize.ts';
import type { DenseDiscretizationRule } from './discretize-dense.ts';
import {
  discretizeBilinearDense,
  discretizeEulerDense,
  discretizeMambaDense,
  discretizeZohDense,
} from './discretize-dense.ts';
import { complexColumn, complexForm, realColumn, realForm } from './real-form.ts';
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** Zero-order hold. @param A (n, n, 2) @param B (n, 2) */
export function discretizeZohDenseComplex(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  return throughRealForm(discretizeZohDense, delta, A, B);
}

/** Generalised bilinear. @param A (n, n, 2) @param B (n, 2) */
export function discretizeBilinearDenseComplex(
  delta: number,
  A: Floats,
  B: Floats,
  alpha = 1 / 2,
): Discrete<Float64Array> {
  const rule: DenseDiscretizationRule = (step, realA, realB) => discretizeBilinearDense(step, realA, realB, alpha);
  return throughRealForm(rule, delta, A, B);
}

/** Euler forward. @param A (n, n, 2) @param B (n, 2) */
export function discretizeEulerDenseComplex(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  return throughRealForm(discretizeEulerDense, delta, A, B);
}

/** Mamba's mixed form. @param A (n, n, 2) @param B (n, 2) */
export function discretizeMambaDenseComplex(delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  return throughRealForm(discretizeMambaDense, delta, A, B);
}

/** @throws RangeError when the lengths do not fit */
function throughRealForm(rule: DenseDiscretizationRule, delta: number, A: Floats, B: Floats): Discrete<Float64Array> {
  const n = Math.floor(B.length / 2);
  expectShape('B', B, { n, complex: 2 });
  expectShape('A', A, { rows: n, columns: n, complex: 2 });
  const { aBar, bBar } = rule(delta, realForm({ rows: n, columns: n }, A), realColumn(B));
  return { aBar: complexForm({ rows: n, columns: n }, aBar), bBar: complexColumn(bBar) };
}
