/**
 * The convolution once more, with mistakes to switch on (naive-scan.ts).
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';

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
