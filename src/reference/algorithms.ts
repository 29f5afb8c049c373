/**
 * The Mamba paper's Algorithm 1 (SSM, that is S4) and Algorithm 2 (SSM + selection, that is S6), side by side.
 *
 * Source: Gu & Dao, arXiv:2312.00752, §3.2. One sequence instead of a batch; L = seqLen, D = dInner, N = dState. The two
 * bodies have the same lines in the same order: `diff` them and the paper's red lines remain. B, C and Δ become
 * functions of the input, and so they, Ā and B̄ gain an axis of length L. To be read, not to be fast: `selectiveScan`
 * never stores (L, D, N).
 */
import type { DiscretizationRule } from './discretize.ts';
import { discretizeZoh } from './discretize.ts';
import { discretizeSelective } from './discretize-selective.ts';
import { linear } from './linear.ts';
import { expectShape } from './shapes.ts';
import { softplus } from './softplus.ts';
import type { SsmDims } from './ssm.ts';
import { discretizeInvariant, ssmInvariant, ssmSelective } from './ssm.ts';
import type { Floats } from './types.ts';

/** What Algorithm 1 learns. */
export interface Algorithm1Parameters {
  readonly A: Floats; // (D, N)
  readonly B: Floats; // (D, N)
  readonly C: Floats; // (D, N)
  readonly delta: Floats; // (D), before τ_Δ
}

/** What Algorithm 2 learns: B and C are projections of x, and Δ gains one. */
export interface Algorithm2Parameters {
  readonly A: Floats; // (D, N)
  readonly linearB: Projection; // D → N
  readonly linearC: Projection; // D → N
  readonly linearDelta: Projection; // D → 1
  readonly delta: Floats; // (D), before τ_Δ
}

export interface Projection {
  readonly weight: Floats; // (outputs, D)
  readonly bias?: Floats; // (outputs)
}

/**
 * Algorithm 1, time-invariant: every token meets the same B, C and Δ.
 *
 * @param x (L, D)
 * @param rule the paper's discretize is zero-order hold, its eq. 4
 * @returns y (L, D)
 * @throws RangeError when a length does not fit
 */
export function algorithm1(
  dims: SsmDims,
  x: Floats,
  parameters: Algorithm1Parameters,
  rule: DiscretizationRule = discretizeZoh,
): Float64Array {
  const A = parameters.A; // (D, N)
  const B = parameters.B; // (D, N)
  const C = parameters.C; // (D, N)
  const delta = tauDelta(dims, parameters.delta); // (D)
  const discrete = discretizeInvariant({ ...dims, delta, A, B, rule }); // (D, N)
  return ssmInvariant(dims, discrete, C, x); // (L, D), as a recurrence or a convolution
}

/**
 * Algorithm 2, selective: each token brings its own B, C and Δ.
 *
 * @param x (L, D)
 * @param rule the paper's discretize is zero-order hold, its eq. 4; the trained checkpoints use `discretizeMamba`
 * @returns y (L, D)
 * @throws RangeError when a length does not fit
 */
export function algorithm2(
  dims: SsmDims,
  x: Floats,
  parameters: Algorithm2Parameters,
  rule: DiscretizationRule = discretizeZoh,
): Float64Array {
  const A = parameters.A; // (D, N)
  const B = sB(dims, x, parameters); // (L, N)
  const C = sC(dims, x, parameters); // (L, N)
  const delta = tauDelta(dims, parameters.delta, sDelta(dims, x, parameters)); // (L, D)
  const discrete = discretizeSelective({ ...dims, delta, A, B, rule }); // (L, D, N)
  return ssmSelective(dims, discrete, C, x); // (L, D), as a recurrence (scan) only
}

/** s_B(x) = Linear_N(x), (L, N) */
function sB({ seqLen, dInner, dState }: SsmDims, x: Floats, { linearB }: Algorithm2Parameters): Float64Array {
  return linear({ rows: seqLen, dIn: dInner, dOut: dState }, x, linearB.weight, linearB.bias);
}

/** s_C(x) = Linear_N(x), (L, N) */
function sC({ seqLen, dInner, dState }: SsmDims, x: Floats, { linearC }: Algorithm2Parameters): Float64Array {
  return linear({ rows: seqLen, dIn: dInner, dOut: dState }, x, linearC.weight, linearC.bias);
}

/** s_Δ(x) = Broadcast_D(Linear_1(x)), (L, D): one number a token, the same for every channel */
function sDelta({ seqLen, dInner }: SsmDims, x: Floats, { linearDelta }: Algorithm2Parameters): Float64Array {
  const one = linear({ rows: seqLen, dIn: dInner, dOut: 1 }, x, linearDelta.weight, linearDelta.bias);
  return Float64Array.from({ length: seqLen * dInner }, (_, i) => one[Math.floor(i / dInner)]!);
}

/** τ_Δ(Parameter + s) with τ_Δ = softplus; parameter (D), s (L, D). Without s it is τ_Δ(Parameter), (D). */
function tauDelta({ dInner }: SsmDims, parameter: Floats, s?: Float64Array): Float64Array {
  expectShape('delta', parameter, { dInner });
  if (s === undefined) return Float64Array.from(parameter, softplus);
  return s.map((value, i) => softplus(parameter[i % dInner]! + value));
}
