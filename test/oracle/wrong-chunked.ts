/**
 * The linear recurrence of the second implementation in chunks: totals of every chunk, states before each, outputs. With
 * a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

type Chunked = Problems['scanChunked'];

export function wrongChunked(problem: Chunked, mistake: Mistake): Result {
  const { seqLen, channels, a, b, h0, chunk } = problem;
  const h = new Float64Array(seqLen * channels);
  const end = mistake === 'last tokens mod chunk ignored' ? seqLen - (seqLen % chunk) : seqLen;
  for (let d = 0; d < channels; d++) {
    let carried = h0?.[d] ?? 0;
    for (let first = 0; first < end; first += chunk) {
      let state = mistake === 'a chunk begins from nothing' && first > 0 ? 0 : carried;
      const total = { a: 1, b: 0 };
      for (let t = first; t < Math.min(first + chunk, end); t++) {
        const [aT, bT] = [a[t * channels + d]!, b[t * channels + d]!];
        state = aT * state + bT;
        h[t * channels + d] = state;
        total.a = mistake === 'a chunk is carried by its last a' ? aT : aT * total.a;
        total.b = aT * total.b + bT;
      }
      carried = (mistake === 'only the chunk before counts' ? 0 : total.a * carried) + total.b;
    }
  }
  return { h };
}
