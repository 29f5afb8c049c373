/**
 * Attention written to be broken: as a matrix of scores with a mask, or as an online softmax a key at a time.
 */
import { keyPlace, keysLength, valuePlace, valuesLength } from '../../src/engine/cache-layout.ts';
import type { Result } from '../../src/oracle/operation.ts';
import type { AttentionProblem } from '../../src/oracle/operations/attention.ts';
import { cacheAfter } from '../../src/oracle/operations/attention.ts';
import type { Mistake } from './mistakes.ts';

export function wrongAttention(problem: AttentionProblem, mistake: Mistake): Result {
  const { rows, nHead, headDim, cuSeqlens } = problem;
  const late = mistake === 'key stored a position late';
  const starts = late ? problem.starts.map((start) => Math.min(start + 1, problem.capacity - 1)) : problem.starts;
  const cache = cacheAfter(problem);
  const out = new Float64Array(rows * nHead * headDim);
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    for (let t = cuSeqlens[s]!; t < cuSeqlens[s + 1]!; t++) {
      const forgets = mistake === 'position not counted from the cache';
      const position = (forgets ? 0 : problem.starts[s]!) + t - cuSeqlens[s]!;
      for (let h = 0; h < nHead; h++)
        out.set(attendTo(problem, cache, { s, t, h, position }, mistake), (t * nHead + h) * headDim);
    }
  }
  return { out, ...(late ? cacheAfter({ ...problem, starts }) : cache) };
}

interface Query {
  readonly s: number;
  readonly t: number;
  readonly h: number;
  readonly position: number;
}

function attendTo(
  problem: AttentionProblem,
  { keys, values }: ReturnType<typeof cacheAfter>,
  { s, t, h, position }: Query,
  mistake: Mistake,
): Float64Array {
  const { nHead, headDim, window, method, q } = problem;
  const head =
    mistake === 'columns of a head interleaved' ? (d: number) => d * nHead + h : (d: number) => h * headDim + d;
  const key = (j: number, d: number) => keys[s * keysLength(problem) + keyPlace(problem, h, j, d)]!;
  const value = (j: number, d: number) => values[s * valuesLength(problem) + valuePlace(problem, h, j, d)]!;
  const swapped = mistake === 'keys and values swapped';
  const scale = mistake === 'scores divided by √headDim' ? Math.sqrt(headDim) : 1;
  const score = (j: number) => {
    let sum = 0;
    for (let d = 0; d < headDim; d++) sum += q[t * nHead * headDim + head(d)]! * (swapped ? value(j, d) : key(j, d));
    return sum / scale;
  };
  const from = firstSeen(position, window, mistake);
  const to = position + (mistake === 'the token after is seen' && position + 1 < problem.capacity ? 2 : 1);
  const sums = new Float64Array(headDim);
  let [most, total] = [-Infinity, 0];
  for (let j = from; j < to; j++) {
    const next = score(j);
    const larger = Math.max(most, next);
    const shrink = most === -Infinity ? 0 : Math.exp(most - larger);
    total *= shrink;
    if (!(method === 'flash' && mistake === 'sums not scaled down with their total'))
      for (let d = 0; d < headDim; d++) sums[d]! *= shrink;
    const weight = Math.exp(next - larger);
    total += weight;
    for (let d = 0; d < headDim; d++) sums[d]! += weight * (swapped ? key(j, d) : value(j, d));
    most = larger;
  }
  return sums.map((v) => v / total);
}

function firstSeen(position: number, window: number | undefined, mistake: Mistake): number {
  if (window === undefined || mistake === 'window ignored') return 0;
  const off = mistake === 'window a token too wide' ? 1 : mistake === 'window a token too narrow' ? -1 : 0;
  return Math.min(position, Math.max(0, position + 1 - window - off));
}
