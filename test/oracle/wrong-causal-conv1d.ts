/**
 * The causal convolution of the second implementation, with a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

export function wrongCausalConv1d(problem: Problems['causalConv1d'], mistake: Mistake): Result {
  const { seqLen, cuSeqlens, dInner, dConv, x, weight, bias, state } = problem;
  const kept = dConv - 1;
  const y = new Float64Array(seqLen * dInner);
  const moved = Float64Array.from(state);
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
    const leaks = mistake === 'convolution sees the sequence before' && s > 0;
    /** Token r of the sequence; r < 0 is the state. */
    const input = (r: number, d: number) => {
      if (r >= 0 || (leaks && start + r >= 0)) return x[(start + r) * dInner + d]!;
      return state[(s * kept + r + kept) * dInner + d]!;
    };
    for (let t = 0; t < end - start; t++) {
      for (let d = 0; d < dInner; d++) {
        let sum = mistake === 'conv bias after SiLU' ? 0 : (bias?.[d] ?? 0);
        for (let k = 0; k < dConv; k++) {
          const tap = mistake === 'convolution flipped' ? kept - k : k;
          const shift = mistake === 'convolution shifted by one' ? 1 : 0;
          const r = t - kept + k - shift;
          sum += weight[tap * dInner + d]! * (r < -kept ? 0 : input(r, d));
        }
        const value = problem.silu ? sum / (1 + Math.exp(-sum)) : sum;
        y[(start + t) * dInner + d] = mistake === 'conv bias after SiLU' ? value + (bias?.[d] ?? 0) : value;
      }
    }
    if (mistake === 'conv state not moved on') continue;
    for (let i = 0; i < kept * dInner; i++) {
      const [k, d] = [Math.floor(i / dInner), i % dInner];
      const r = end - start - kept + k;
      moved[s * kept * dInner + i] = r >= 0 ? x[(start + r) * dInner + d]! : state[(s * kept + r + kept) * dInner + d]!;
    }
  }
  return { y, state: moved };
}
