/**
 * The selective scan of the second implementation: one channel and one state at a time, with a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

type Scan = Problems['selectiveScan'];

export function wrongScan(p: Scan, mistake: Mistake): Result {
  const { seqLen, cuSeqlens, dInner, dState, h } = p;
  const sums = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(h.length);
  const states = mistake === 'last n mod 4 of the states ignored' ? dState - (dState % 4) : dState;
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    for (let i = 0; i < dInner * dState; i++) {
      const at = s * dInner * dState + i;
      const leaks = mistake === 'state not reset between sequences' && s > 0;
      const before = leaks ? hLast[at - dInner * dState]! : mistake === 'initial state ignored' ? 0 : h[at]!;
      const last = i % dState < states ? walk(p, mistake, sums, { s, i, before }) : h[at]!;
      const empty = cuSeqlens[s] === cuSeqlens[s + 1];
      hLast[at] = mistake === 'state not updated' ? h[at]! : last;
      if (mistake === 'state of an empty sequence cleared' && empty) hLast[at] = 0;
    }
  }
  return { y: sums.map((sum, i) => finish(p, mistake, sum, i)), hLast };
}

interface Start {
  readonly s: number;
  /** d·dState + n */
  readonly i: number;
  readonly before: number;
}

/** One state through one sequence; adds C·h to the sums. @returns the last state */
function walk(p: Scan, mistake: Mistake, sums: Float64Array, { s, i, before }: Start): number {
  const { cuSeqlens, dInner, dState, groups, A, B, C, x } = p;
  const [d, n] = [Math.floor(i / dState), i % dState];
  const group = mistake === 'tiled groups' ? d % groups : Math.floor((d * groups) / dInner);
  const end =
    cuSeqlens[s + 1]! - (mistake === 'last tokens mod 4 ignored' ? (cuSeqlens[s + 1]! - cuSeqlens[s]!) % 4 : 0);
  let state = before;
  for (let t = cuSeqlens[s]!; t < end; t++) {
    const delta = stepSize(p, mistake, t, d);
    const v = delta * A[i]! * (mistake === 'A negated' ? -1 : 1);
    const wrongExp = mistake === 'exp by 2 ulp too large' ? 1 + 2 ** -21 : 1;
    const aBar = mistake === 'Euler for A' ? 1 + v : Math.exp(v) * wrongExp;
    const zoh = (p.discretization === 'zoh') !== (mistake === 'ZOH for B');
    const phi = zoh && v !== 0 ? Math.expm1(v) / v : 1;
    const at = (t * groups + group) * dState + n;
    const next = aBar * state + delta * phi * B[p.constantB ? i : at]! * x[t * dInner + d]!;
    sums[t * dInner + d]! += C[p.constantC ? i : at]! * (mistake === 'C reads the old state' ? state : next);
    state = next;
  }
  return state;
}

function stepSize({ dInner, delta, deltaBias, softplus }: Scan, mistake: Mistake, t: number, d: number): number {
  const bias = deltaBias?.[d] ?? 0;
  const soft = (v: number) => {
    if (!softplus) return v;
    if (mistake === 'softplus by log(1 + exp)') return v > 20 ? v : Math.fround(Math.log(Math.fround(1 + Math.exp(v))));
    return v > 20 ? v : Math.log1p(Math.exp(v));
  };
  const raw = delta[t * dInner + d]!;
  return mistake === 'bias after softplus' ? soft(raw) + bias : soft(raw + bias);
}

function finish({ dInner, D, x, z }: Scan, mistake: Mistake, sum: number, i: number): number {
  const skip = (D?.[i % dInner] ?? 0) * x[i]!;
  if (z === undefined) return sum + skip;
  const gate = (mistake === 'gate by sigmoid' ? 1 : z[i]!) / (1 + Math.exp(-z[i]!));
  return mistake === 'gate before D' ? sum * gate + skip : (sum + skip) * gate;
}
