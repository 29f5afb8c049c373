/**
 * The loss of a language model: how surprised it is by each next token, in nats.
 */
import { expectId } from './embedding.ts';
import { expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface LogitDims {
  readonly rows: number;
  readonly vocabSize: number;
}

/**
 * loss[t] = −log softmax(logits[t])[target] = log Σ_i exp(logits[t,i]) − logits[t,target]
 *
 * @param logits (rows, vocabSize)
 * @param targets token ids (rows)
 * @returns loss (rows), in nats; the caller decides on sum or mean
 * @throws RangeError when a length does not fit or a target is no token id
 * Rounding: the row's maximum is subtracted before exp, so that no finite logit overflows.
 */
export function crossEntropy(dims: LogitDims, logits: Floats, targets: ArrayLike<number>): Float64Array {
  const { rows, vocabSize } = checkLogits(dims, logits, targets);
  return Float64Array.from({ length: rows }, (_, t) => {
    const row = logits.subarray(t * vocabSize, (t + 1) * vocabSize);
    return logSumExp(row) - row[expectId(`targets[${t}]`, targets[t]!, vocabSize)]!;
  });
}

/**
 * dLogits[t,i] = dLoss[t]·(softmax(logits[t])[i] − [i = target])
 *
 * @param dLoss (rows): 1/rows for a mean, 0 for tokens that do not count
 * @returns dLogits (rows, vocabSize)
 */
export function crossEntropyBackward(
  dims: LogitDims,
  logits: Floats,
  targets: ArrayLike<number>,
  dLoss: Floats,
): Float64Array {
  const { rows, vocabSize } = checkLogits(dims, logits, targets);
  expectShape('dLoss', dLoss, { rows });
  const dLogits = new Float64Array(rows * vocabSize);
  for (let t = 0; t < rows; t++) {
    const row = logits.subarray(t * vocabSize, (t + 1) * vocabSize);
    const total = logSumExp(row);
    const target = expectId(`targets[${t}]`, targets[t]!, vocabSize);
    for (let i = 0; i < vocabSize; i++) {
      const probability = Math.exp(row[i]! - total);
      dLogits[t * vocabSize + i] = dLoss[t]! * (i === target ? probability - 1 : probability);
    }
  }
  return dLogits;
}

/** log Σ_i exp(v_i) = max + log Σ_i exp(v_i − max). */
export function logSumExp(values: Floats): number {
  let max = -Infinity;
  for (const v of values) max = Math.max(max, v);
  let sum = 0;
  for (const v of values) sum += Math.exp(v - max);
  return max + Math.log(sum);
}

function checkLogits(dims: LogitDims, logits: Floats, targets: ArrayLike<number>): LogitDims {
  const { rows, vocabSize } = dims;
  expectSize('rows', rows);
  expectSize('vocabSize', vocabSize);
  expectShape('logits', logits, { rows, vocabSize });
  expectShape('targets', targets, { rows });
  return dims;
}
