/**
 * The discretizations and the convolution once more, with mistakes to switch on (naive-scan.ts).
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { expBy } from './narrow.ts';

export function naiveDiscretize(reader: CaseReader, mistake?: MistakeName, variant = 1): Outputs {
  const [delta, A, B] = [reader.get('delta'), reader.get('A'), reader.get('B')];
  const rule = reader.word('rule');
  const aBar = delta.map((step, i) => naiveABar(rule, step * A[i]!, mistake, variant));
  const bBar = delta.map((step, i) => step * B[i]! * naivePhi(rule, step * A[i]!, mistake));
  const divides = mistake === '(exp(ΔA) − 1)/A divides by 0' && rule === 'zoh';
  for (let i = 0; divides && i < A.length; i++) if (A[i] === 0) bBar[i] = NaN;
  return { aBar, bBar };
}

function naiveABar(rule: string, v: number, mistake: MistakeName | undefined, variant: number): number {
  if (rule === 'euler') return mistake === 'exp for Euler’s Ā' ? Math.exp(v) : 1 + v;
  if (rule === 'bilinear') return mistake === 'Euler backward for bilinear' ? 1 / (1 - v) : (1 + v / 2) / (1 - v / 2);
  return mistake === 'Euler for A' ? 1 + v : expBy(mistake, variant)(v);
}

/** B̄/(Δ·B) */
function naivePhi(rule: string, v: number, mistake: MistakeName | undefined): number {
  const zoh = (rule === 'zoh') !== (mistake === 'ZOH for B taken as Euler, or the other way' && rule !== 'bilinear');
  if (rule === 'bilinear') return mistake === 'Euler backward for bilinear' ? 1 / (1 - v) : 1 / (1 - v / 2);
  if (!zoh || v === 0 || rule === 'euler') return 1;
  if (mistake === 'expm1 as exp − 1') return Math.fround(Math.fround(Math.exp(Math.fround(v))) - 1) / Math.fround(v);
  return Math.expm1(v) / v;
}

export interface NaiveConv {
  readonly dInner: number;
  readonly dConv: number;
  readonly silu: boolean;
  readonly cuSeqlens: readonly number[];
  readonly x: Float64Array; // (seqLen, dInner)
  readonly weight: Float64Array; // (dInner, dConv)
  readonly bias?: Float64Array | undefined;
  readonly state: Float64Array; // (sequences, dConv − 1, dInner)
}

export function convOf(reader: CaseReader): NaiveConv {
  const stateSize = (reader.list('cuSeqlens').length - 1) * (reader.size('dConv') - 1) * reader.size('dInner');
  return {
    ...{ dInner: reader.size('dInner'), dConv: reader.size('dConv'), silu: reader.flag('silu') },
    ...{ cuSeqlens: reader.list('cuSeqlens'), x: reader.get('x'), weight: reader.get('weight') },
    ...{ bias: reader.maybe('bias'), state: reader.maybe('state') ?? new Float64Array(stateSize) },
  };
}

export function naiveConv(q: NaiveConv, mistake?: MistakeName): Outputs {
  const { dInner, dConv, cuSeqlens, x } = q;
  const kept = dConv - 1;
  const y = new Float64Array(x.length);
  const state = new Float64Array(q.state.length);
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
    /** Token r of the sequence; r < 0 is the state. */
    const input = (r: number, d: number): number => {
      if (r >= 0) return x[(start + r) * dInner + d]!;
      if (mistake === 'the convolution sees the sequence before' && start + r >= 0) return x[(start + r) * dInner + d]!;
      if (mistake === 'the convolution’s state ignored' || r < -kept) return 0;
      const row = mistake === 'the convolution’s state newest first' ? -r - 1 : r + kept;
      return q.state[(s * kept + row) * dInner + d]!;
    };
    for (let t = 0; t < end - start; t++) {
      for (let d = 0; d < dInner; d++)
        y[(start + t) * dInner + d] = window(q, mistake, (k) => input(t - kept + k, d), d);
    }
    for (let i = 0; i < kept * dInner; i++) {
      const [k, d] = [Math.floor(i / dInner), i % dInner];
      const moved = mistake === 'the convolution’s state not moved on' ? k - kept : end - start - kept + k;
      const late = mistake === 'the convolution’s state one token old' && end > start ? 1 : 0;
      const row = mistake === 'the convolution’s state newest first' ? kept - 1 - k : k;
      state[(s * kept + row) * dInner + d] = input(moved - late, d);
    }
  }
  return { y, state };
}

function window(q: NaiveConv, mistake: MistakeName | undefined, tapInput: (k: number) => number, d: number) {
  const kept = q.dConv - 1;
  const bias = mistake === 'the convolution’s bias left out' ? 0 : (q.bias?.[d] ?? 0);
  const late = mistake === 'bias after SiLU';
  let sum = late ? 0 : bias;
  for (let k = 0; k < q.dConv; k++) {
    const tap = mistake === 'the convolution flipped' ? kept - k : k;
    sum += q.weight[d * q.dConv + tap]! * tapInput(k - (mistake === 'the convolution shifted by one' ? 1 : 0));
  }
  const active = q.silu && mistake !== 'SiLU after the convolution left out';
  const once = active ? silu(sum) : sum;
  return (mistake === 'SiLU twice' && active ? silu(once) : once) + (late ? bias : 0);
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
