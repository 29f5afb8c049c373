/**
 * The linear recurrence h_t = a_t·h_{t−1} + b_t, h_{−1} = h0, channel by channel: in order, by Blelloch's tree, and in
 * chunks.
 */
import { linearRecurrence } from '../../reference/linear-recurrence.ts';
import type { Scan } from '../../reference/monoid.ts';
import { scanBlelloch as blelloch } from '../../reference/scan-blelloch.ts';
import { scanChunked as chunked } from '../../reference/scan-chunked.ts';
import { scanSequential as sequential } from '../../reference/scan-sequential.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Expected, Operation, Problem } from '../operation.ts';
import type { Random } from '../random.ts';

export interface RecurrenceProblem extends Problem {
  readonly seqLen: number;
  readonly channels: number;
  readonly a: Float32Array; // (seqLen, channels)
  readonly b: Float32Array; // (seqLen, channels)
  readonly h0?: Float32Array | undefined; // (channels), default 0
}

export interface ChunkedProblem extends RecurrenceProblem {
  /** Tokens in a chunk, ≥ 1. */
  readonly chunk: number;
}

/** How many roundings of sums b_j meets on its way into h_t: one a token, and so many besides. */
interface Sums {
  readonly perToken: 0 | 1;
  readonly depth: number;
  readonly arithmetic: Arithmetic;
}

export const scanSequential: Operation<RecurrenceProblem> = {
  draw,
  truth: (problem, arithmetic) => truth(problem, sequential, { perToken: 1, depth: 0, arithmetic }),
};

/**
 * In any tree b_j reaches h_t by t − j products, as in order, and by no more sums than the tree is deep: up and down it,
 * and one at the leaves (src/reference/scan-blelloch.ts). An initial state is one more leaf, or one more sum.
 */
export const scanBlelloch: Operation<RecurrenceProblem> = {
  draw,
  truth: (problem, arithmetic) =>
    truth(problem, blelloch, { perToken: 0, depth: 2 * Math.ceil(Math.log2(problem.seqLen + 1)) + 2, arithmetic }),
};

/**
 * In order within a chunk and over the chunks: t − j products again, the chunks' own among them, and the sums of the order
 * of tokens but one: what a chunk adds meets what came before it, in its totals' scan or in the fix-up. Every other sum at
 * a chunk's border stands for that of a token.
 */
export const scanChunked: Operation<ChunkedProblem> = {
  draw: (random, most) => ({ ...draw(random, most), chunk: random.pick([1, 2, 3, 4, 7, 8, 8, 16, 64]) }),
  truth: (problem, arithmetic) => {
    const inOrder: Scan = (monoid, elements) => chunked(monoid, elements, problem.chunk, sequential);
    return truth(problem, inOrder, { perToken: 1, depth: 1, arithmetic });
  },
};

function draw(random: Random, most: number): RecurrenceProblem {
  const seqLen = random.size(2 * most);
  const channels = random.size(Math.ceil(most / 3));
  const h0 = random.maybeFloats(channels);
  return { seqLen, channels, a: factors(random, seqLen * channels), b: random.floats(seqLen * channels), h0, gaps: {} };
}

/**
 * Mostly |a| < 1, zeros among them, which forget; else 0.5 < |a| < 1.4, so that states stay far below overflow. All on
 * a grid of multiples of π: a·h never cancels b but for a rounding, which would make 0·∞ of what is not 0 in float64.
 */
function factors(random: Random, length: number): Float32Array {
  if (random.integer(0, 3) > 0) return random.floats(length, random.pick([Math.PI / 7, Math.PI / 10]));
  return Float32Array.from({ length }, () => (Math.PI / 48) * random.integer(8, 20) * (random.boolean() ? 1 : -1));
}

function truth(problem: RecurrenceProblem, scan: Scan, sums: Sums): readonly Expected[] {
  const { seqLen, channels } = problem;
  const scale = new Float64Array(seqLen * channels);
  for (let d = 0; d < channels; d++) {
    errorsOf(problem, sums, d).forEach((error, t) => {
      scale[t * channels + d] = error;
    });
  }
  return [{ name: 'h', shape: { t: seqLen, d: channels }, value: linearRecurrence(problem, scan), scale }];
}

/**
 * Beside the recurrence on magnitudes M, that of its errors E, in units of u:
 *
 *   M ← |a|·M + |b|     E ← |a|·E + |a|·M, and M for the sum     h_t: E + depth·M
 *
 * A product below 2⁻¹²⁶ is off by up to 2⁻¹⁵⁰ = u·2⁻¹²⁶. A tree of n leaves has less than 8n of them and half as many sums
 * (which lose something only where they may be flushed), and each is multiplied by no more than the largest product of
 * neighbouring a and the largest M.
 */
function errorsOf({ seqLen, channels, a, b, h0 }: RecurrenceProblem, sums: Sums, d: number): Float64Array {
  let M = Math.abs(h0?.[d] ?? 0);
  let [E, growth] = [0, 1];
  let [mostM, mostGrowth] = [Math.max(1, M), 1];
  const errors = new Float64Array(seqLen);
  for (let t = 0; t < seqLen; t++) {
    const factor = Math.abs(a[t * channels + d]!);
    const product = factor * M;
    M = product + Math.abs(b[t * channels + d]!);
    E = factor * E + product + sums.perToken * M;
    growth = Math.max(1, growth * factor);
    [mostM, mostGrowth] = [Math.max(mostM, M), Math.max(mostGrowth, growth)];
    errors[t] = E + sums.depth * M;
  }
  const { lost } = sums.arithmetic;
  const underflow = 8 * (seqLen + 1) * mostGrowth * mostM * (lost(1 / 2) + lost(0) / 2);
  return errors.map((error) => error + underflow);
}
