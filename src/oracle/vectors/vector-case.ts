/**
 * One case of the conformance vectors: what an implementation is given, what it should give back, and by how much that
 * may be off. Nothing here needs our code to be understood: the manifest says the same in JSON.
 */

import type { Precision } from './declaration.ts';

/** The letters of a shape, outermost first: `['t', 'd']`. `re_im` is the trailing axis of complex numbers. */
export type Axes = readonly string[];

interface Shaped {
  readonly axes: Axes;
  readonly shape: readonly number[];
}

/** Row-major. Token ids are integers (I64 in files), all else is float32: what a float32 cannot hold would be no fair question. */
export interface VectorInput extends Shaped {
  readonly data: Float32Array | Int32Array;
}

/** The two arithmetics whose exp differs: at most 1 ulp, or the (3 + 2|x|) ulp of WGSL. */
export type ExpName = 'strict' | 'gpu';

export const expNames: readonly ExpName[] = ['strict', 'gpu'];

/** How a budget was found: a count of roundings, a measurement, or nothing rounds at all. */
export type Basis = 'counted' | 'measured' | 'exact';

export interface VectorOutput extends Shaped {
  readonly value: Float64Array;
  /** What the roundings on the way to each element may add up to, in units of u. */
  readonly scale: { readonly [E in ExpName]: Float64Array };
  /** The same for a state that is kept in a narrower dtype and rounded once a token; absent where no state is kept. */
  readonly state?: Float64Array | undefined;
  readonly factor: { readonly [E in ExpName]: number };
  readonly basis: Basis;
  /** An intermediate: compared where it is given, to find the first operation that diverges. */
  readonly optional?: boolean;
}

export interface VectorCase {
  /** `selectiveScan/gate`: unique in the suite. */
  readonly name: string;
  /** What is asked for: {@link operationTexts} says its formula. */
  readonly operation: VectorOperation;
  /** What this case is there for, in a few words. */
  readonly note: string;
  /** Sizes and switches, as JSON. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: Readonly<Record<string, VectorInput>>;
  readonly outputs: Readonly<Record<string, VectorOutput>>;
  /** Every input is a bfloat16 and a float16 exactly, so that narrow inputs lose nothing. */
  readonly narrow: boolean;
  /** The narrowest dtype that states and sums may have; absent where any will do. */
  readonly narrowestState?: Precision;
}

export type Parameter = number | boolean | string | readonly number[];

/** What each operation computes, for the manifest. */
export const operationTexts = {
  discretize:
    'aBar and bBar of (delta, A, B), v = delta·A, by the rule. zoh: exp(v), delta·B·(exp(v) − 1)/v, and delta·B where v = 0; ' +
    'that quotient is meant exactly: by expm1(v)/v, since exp(v) − 1 has lost its digits near 0; ' +
    'bilinear: (1 + v/2)/(1 − v/2), delta·B/(1 − v/2); euler: 1 + v, delta·B; mamba: exp(v), delta·B; ' +
    'complex: A, B, aBar and bBar, by the same formulas',
  scan: 'h[t] = a[t]·h[t−1] + b[t], h[−1] = h0 or 0, by any algorithm; hLast = h[seqLen − 1], or h[−1] of no tokens',
  selectiveScan:
    'Δ = softplus(delta + deltaBias), where softplus(v) = v above 20, as upstream has it, and log1p(exp(v)) up to there; h[t] = exp(Δ·A)·h[t−1] + Δ·B·x, y = (Σ C·h[t] + D·x)·silu(z), each only where given; ' +
    'complex: 2·Re Σ; discretization zoh: Δ·B times (exp(ΔA) − 1)/(ΔA), as discretize; channel d reads group ⌊d/(dInner/groups)⌋; ' +
    'by "steps": one token a call, the state carried from call to call',
  selectiveScanBackward:
    'the gradients of selectiveScan by each input, given dY and, where it is an input, dHLast (else 0); ' +
    'complex as ∂L/∂Re + i·∂L/∂Im; discretization mamba or zoh, as there',
  causalConv1d:
    'y[t,d] = bias[d] + Σ_k weight[d,k]·x[t − (dConv − 1) + k, d], before token 0 the state, or zeros where none is given; then silu if so; ' +
    'state: the last dConv − 1 raw inputs, oldest first',
  block:
    'one Mamba block, without the norm before it and without the residual: inProj (x, then z), conv, SiLU, xProj (Δ, B, C), ' +
    'where mixerRmsEps is given an RMSNorm without weights on each of Δ, B and C (v/√(mean v² + mixerRmsEps)), dtProj, ' +
    'selectiveScan with softplus, dtProjBias as deltaBias and A = −exp(aLog), outProj; from nothing where no state is given. ' +
    'Optional: xz, what inProj gives; z, its second half; conv, before SiLU, and x, after it; deltaLow, B and C, of xProj, after the ' +
    'norms where there are some; delta, what dtProj gives, without its bias; stepSize, after bias and softplus; A; y, what outProj takes, ' +
    'gated and with D',
  model:
    'logits after each token: r = embedding; for each layer r = r + block(norm(r)); head·norm(r), the head being the embedding ' +
    'where none is given; norm is an RMSNorm with its weight and normEps',
  trace: 'what each layer of a published model computes on a fixed prompt, by name',
} as const;

export type VectorOperation = keyof typeof operationTexts;

export function elementsOf({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((product, size) => product * size, 1);
}
