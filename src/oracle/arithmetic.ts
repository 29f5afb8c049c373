/**
 * What a machine's float32 may round, as far as the scales of the truths and the table of bounds count it. A truth takes
 * one as a parameter; `strict` is what assembly/ writes down. The GPU's is in gpu-arithmetic.ts.
 */
import { silu } from '../reference/silu.ts';
import { sigmoid, softplus } from '../reference/softplus.ts';
import type { Roundings, Value } from './running-error.ts';
import { roundingsOf } from './running-error.ts';

export interface Arithmetic extends Roundings {
  /** The column of the table of bounds. */
  readonly name: 'strict' | 'relaxed' | 'gpu';
  /** What the comparator adds to u·scale, once for each of the k roundings. */
  readonly floor: number;
  /** Functions are off by so many ulp anywhere: a factor of the table, and nothing that the scale counts. */
  readonly uniform: boolean;
  /** ulp of exp(x). */
  expUlps(x: number): number;
  softplus(x: number): Value;
  sigmoid(x: number): Value;
  silu(x: number): Value;
  /** Roundings of a quotient. */
  readonly division: number;
  /** Roundings of φ(v) = (exp(v) − 1)/v relative to it. */
  phiRoundings(v: number): number;
  /** Additions that a product meets in Σ_n. */
  statesDepth(dState: number): number;
  /** Tokens that a selective scan steps over at once, with exp(A·ΣΔ): 1 where it goes from token to token. */
  readonly chunk: number;
  /** Roundings of log Σ exp + (max − target) besides the exponentials' own and the last one. */
  logSumExp(row: LogSumExp): number;
  /** linear with q8_0 weights rounds its activations to int16. */
  readonly int16: boolean;
}

export interface LogSumExp {
  readonly terms: number;
  /** Σ exp(v − max) ≥ 1 */
  readonly total: number;
  /** max − target ≥ 0 */
  readonly below: number;
}

const roundings = roundingsOf(0);

/** The arithmetic that assembly/ writes down. */
export const strict: Arithmetic = {
  ...roundings,
  name: 'strict',
  floor: 2 ** -150, // half of the smallest float32
  uniform: true,
  expUlps: () => 1,
  softplus: (x) => roundings.within(2, softplus(x)),
  sigmoid: (x) => roundings.within(2, sigmoid(x)),
  silu: (x) => roundings.within(2, silu(x)),
  division: 1,
  // Above |v| = ½ the quotient: 2·exp(v)/|exp(v) − 1| ≤ 5.1 of exp within 1 ulp, the difference, the quotient; below, the
  // series, whose later terms are damped.
  phiRoundings: () => 8,
  statesDepth: (dState) => Math.ceil(dState / 4) + 2, // its lane's, two across lanes
  chunk: 1,
  logSumExp: () => 0, // in float64
  int16: true,
};

/** Fused or not, as the machine likes. */
export const relaxed: Arithmetic = { ...strict, name: 'relaxed' };
