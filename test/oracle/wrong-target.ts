/**
 * A second implementation of the operations, written to be broken: without a mistake it is right, and with each one the
 * suite must see it. It shares no formula with src/reference, and no kernel.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { Mistake } from './mistakes.ts';
import { wrongScan } from './wrong-scan.ts';

export function wrongTarget(mistake: Mistake): Target {
  return {
    name: 'wrong',
    device: mistake,
    arithmetic: 'strict',
    run: async (operation, problem) =>
      rounded((implementations[operation] as Implementation<typeof operation>)(problem, mistake)),
  };
}

type Implementation<O extends OperationName> = (problem: Problems[O], mistake: Mistake) => Result;

function rounded(result: Result): Result {
  return Object.fromEntries(Object.entries(result).map(([name, values]) => [name, Float32Array.from(values)]));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const silu = (x: number) => x * sigmoid(x);

const implementations: { readonly [O in OperationName]: Implementation<O> } = {
  linear,
  rmsNorm,
  causalConv1d,
  selectiveScan: wrongScan,
  crossEntropy,

  embed({ dModel, vocabSize, ids, weight, dtype }, mistake) {
    const table = roundWeights(weight, dtype);
    const row = (id: number) => (mistake === 'id off by one' ? (id + 1) % vocabSize : id);
    return { out: Array.from(ids).flatMap((id) => Array.from(table.slice(row(id) * dModel, (row(id) + 1) * dModel))) };
  },

  argmax({ rows, width, x }, mistake) {
    const out = Array.from({ length: rows }, (_, t) => {
      let best = 0;
      for (let i = 1; i < width; i++) {
        const [v, w] = [x[t * width + i]!, x[t * width + best]!];
        const wins = mistake === 'the last among equals' ? v >= w : v > w;
        if (wins || (mistake !== 'NaN skipped' && Number.isNaN(v) && !Number.isNaN(w))) best = i;
        if (mistake !== 'NaN skipped' && Number.isNaN(w)) return best;
      }
      return best;
    });
    return { out };
  },

  copyRows({ rows, width, x, index }, mistake) {
    const source = (r: number) => (mistake === 'index ignored' ? Math.min(r, x.length / width - 1) : index[r]!);
    return {
      out: Array.from({ length: rows * width }, (_, i) => x[source(Math.floor(i / width)) * width + (i % width)]!),
    };
  },

  exp: ({ x }, mistake) => ({
    out: Array.from(x, (v) => (mistake === 'exp by a cut-off power' ? Math.exp(v) * (1 - 2 ** -21) : Math.exp(v))),
  }),
  softplus: ({ x }, mistake) => ({
    out: Array.from(x, (v) => {
      if (v > 20) return v;
      return mistake === 'softplus loses small inputs'
        ? Math.log(Math.fround(1 + Math.exp(v)))
        : Math.log1p(Math.exp(v));
    }),
  }),
  silu: ({ x }, mistake) => ({ out: Array.from(x, mistake === 'silu without its x' ? sigmoid : silu) }),
  sigmoid: ({ x }, mistake) => ({ out: Array.from(x, (v) => sigmoid(mistake === 'sigmoid of −x' ? -v : v)) }),
};

function linear({ rows, dIn, dOut, dtype, x, weight, bias, add }: Problems['linear'], mistake: Mistake): Result {
  const truncate = mistake === 'weights of bf16 truncated' && dtype === 'bf16';
  const w = truncate ? truncated(weight) : roundWeights(weight, dtype);
  const length = mistake === 'last n mod 4 of a dot product ignored' ? dIn - (dIn % 4) : dIn;
  const at = (i: number, j: number) => (mistake === 'weight transposed' ? j * dOut + i : i * dIn + j);
  const out = Array.from({ length: rows * dOut }, (_, index) => {
    const [t, i] = [Math.floor(index / dOut), index % dOut];
    let sum = mistake === 'old value overwritten' ? 0 : (add?.[index] ?? 0);
    if (mistake !== 'bias of linear left out') sum += bias?.[i] ?? 0;
    for (let j = 0; j < length; j++) sum += w[at(i, j)]! * x[t * dIn + j]!;
    return sum;
  });
  return { out };
}

function truncated(values: Float32Array): Float32Array {
  const words = new Uint32Array(values.slice().buffer).map((word) => word & 0xffff0000);
  return new Float32Array(words.buffer);
}

function rmsNorm({ rows, width, eps, x, weight }: Problems['rmsNorm'], mistake: Mistake): Result {
  const counted = mistake === 'norm over the row with its tail dropped' ? width - (width % 4) : width;
  const out = Array.from({ length: rows * width }, (_, index) => {
    const t = Math.floor(index / width);
    const squares = x.subarray(t * width, t * width + counted).reduce((sum, v) => sum + v * v, 0);
    const mean = mistake === 'sum of squares instead of their mean' ? squares : squares / width;
    const root = mistake === 'eps outside the root' ? Math.sqrt(mean) + eps : Math.sqrt(mean + eps);
    return (x[index]! / root) * (weight?.[index % width] ?? 1);
  });
  return { out };
}

function causalConv1d(problem: Problems['causalConv1d'], mistake: Mistake): Result {
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
        const value = problem.silu ? silu(sum) : sum;
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

function crossEntropy({ rows, vocabSize, logits, targets }: Problems['crossEntropy'], mistake: Mistake): Result {
  const out = Array.from({ length: rows }, (_, t) => {
    const row = Array.from(logits.subarray(t * vocabSize, (t + 1) * vocabSize));
    const most = mistake === 'no maximum taken off' ? 0 : Math.max(...row);
    const sum = row.reduce((total, v) => total + Math.fround(Math.exp(v - most)), 0);
    const target = mistake === 'target off by one' ? (targets[t]! + 1) % vocabSize : targets[t]!;
    return Math.log(sum) + (mistake === 'maximum not added again' ? 0 : most) - row[target]!;
  });
  return { out };
}
