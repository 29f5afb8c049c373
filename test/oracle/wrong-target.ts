/**
 * A second implementation of the operations, written to be broken: without a mistake it is right, and with each one the
 * suite must see it. It shares no formula with src/reference, and no kernel.
 */
import type { Arithmetic } from '../../src/oracle/arithmetic.ts';
import { strict } from '../../src/oracle/arithmetic.ts';
import type { Result } from '../../src/oracle/operation.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { Mistake } from './mistakes.ts';
import { wrongAttention } from './wrong-attention.ts';
import { wrongCausalConv1d } from './wrong-causal-conv1d.ts';
import { wrongChunked } from './wrong-chunked.ts';
import { wrongDiscretize } from './wrong-discretize.ts';
import { wrongEmbedAdd, wrongGelu, wrongLayerNorm } from './wrong-layer-norm.ts';
import { wrongBlelloch, wrongRecurrence } from './wrong-recurrence.ts';
import { wrongScan } from './wrong-scan.ts';
import { wrongScanBackward } from './wrong-scan-backward.ts';

/** @param arithmetic by which it is judged; its results are rounded once */
export function wrongTarget(mistake: Mistake, arithmetic: Arithmetic = strict): Target {
  return {
    name: 'wrong',
    device: mistake,
    arithmetic,
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

/** What goes wrong in three passes goes wrong in the sums as in the fused scan. */
const unfusedMistakes: { readonly [M in Mistake]?: Mistake } = {
  'unfused: y read before the state is stored': 'C reads the old state',
  'unfused: φ forgotten in the stored B̄x': 'ZOH for B',
  'unfused: the state runs on into the next sequence': 'state not reset between sequences',
};

const implementations: { readonly [O in OperationName]: Implementation<O> } = {
  linear,
  rmsNorm,
  causalConv1d: wrongCausalConv1d,
  selectiveScan: wrongScan,
  selectiveScanUnfused: (problem, mistake) => wrongScan(problem, unfusedMistakes[mistake] ?? 'none'),
  selectiveScanBackward: wrongScanBackward,
  discretize: wrongDiscretize,
  scanSequential: wrongRecurrence,
  scanBlelloch: wrongBlelloch,
  scanChunked: wrongChunked,
  crossEntropy,
  ...{ embedAdd: wrongEmbedAdd, layerNorm: wrongLayerNorm, gelu: wrongGelu, attention: wrongAttention },

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
