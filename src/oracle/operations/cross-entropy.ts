/**
 * crossEntropy of rows of logits.
 */
import { crossEntropy as reference } from '../../reference/cross-entropy.ts';
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

  truth(problem) {
    const { rows, logits, targets } = problem;
    const value = reference(problem, logits, targets);
    return [{ name: 'out', shape: { t: rows }, value, scale: scaleOf(problem, value) }];
  },
};

/** Each exponential is off by 2 (1 ulp) and by the rounding of v − max; the result is rounded once. */
function scaleOf({ rows, vocabSize, logits }: CrossEntropyProblem, loss: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, t) => {
    const row = Float64Array.from(logits.subarray(t * vocabSize, (t + 1) * vocabSize));
    const below = row.map((v) => row.reduce((most, w) => Math.max(most, w), -Infinity) - v);
    const total = below.reduce((sum, v) => sum + Math.exp(-v), 0);
    return below.reduce((sum, v) => sum + (Math.exp(-v) / total) * (2 + v), 0) + Math.abs(loss[t]!);
  });
}
