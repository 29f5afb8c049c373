/**
 * crossEntropy of rows of logits.
 */
import { crossEntropy as reference } from '../../reference/cross-entropy.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Operation, Problem } from '../operation.ts';

export interface CrossEntropyProblem extends Problem {
  readonly rows: number;
  readonly vocabSize: number;
  readonly logits: Float32Array; // (rows, vocabSize)
  readonly targets: Uint32Array; // (rows)
}

export const crossEntropy: Operation<CrossEntropyProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const vocabSize = random.size(2 * most, 1);
    const logits = random.floats(rows * vocabSize);
    const targets = random.indices(rows, vocabSize);
    return { rows, vocabSize, logits, targets, gaps: random.gaps('logits') };
  },

  truth(problem, arithmetic) {
    const { rows, logits, targets } = problem;
    const value = reference(problem, logits, targets);
    return [{ name: 'out', shape: { t: rows }, value, scale: scaleOf(problem, value, arithmetic) }];
  },
};

/** Each exponential is off by its ulps and by the rounding of v − max; the result is rounded once. */
function scaleOf(
  { rows, vocabSize, logits, targets }: CrossEntropyProblem,
  loss: Float64Array,
  { expUlps, logSumExp }: Arithmetic,
): Float64Array {
  return Float64Array.from({ length: rows }, (_, t) => {
    const row = Float64Array.from(logits.subarray(t * vocabSize, (t + 1) * vocabSize));
    const below = row.map((v) => row.reduce((most, w) => Math.max(most, w), -Infinity) - v);
    const total = below.reduce((sum, v) => sum + Math.exp(-v), 0);
    const exponentials = below.reduce((sum, v) => sum + (Math.exp(-v) / total) * (2 * expUlps(v) + v), 0);
    return exponentials + Math.abs(loss[t]!) + logSumExp({ terms: vocabSize, total, below: below[targets[t]!]! });
  });
}
