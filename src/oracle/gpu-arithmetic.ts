/**
 * The arithmetic of shaders, as far as their specifications bind it: WGSL, §15.7.4 "Floating Point Accuracy" (the numbers
 * of Vulkan's "Precision of core SPIR-V Instructions" too; GLSL ES 3.00, §4.5.1, promises as much for + − · /):
 *
 *   exp(x)  3 + 2|x| ulp      log(x)  3 ulp, in [½, 2] 2⁻²¹ instead      x/y  2.5 ulp      sqrt(x) = 1/inverseSqrt(x), 2 ulp
 *
 * a·b + c may be fused, and what lies below 2⁻¹²⁶ be flushed to zero, operands and results. Sums and products round to
 * nearest, as Direct3D 11 demands and every GPU does; WGSL leaves the direction open. These are permissions: exp of a large
 * |x| may lose seven bits, and where the bounds are weak, that is why. What the formulas are is told in gpu/kernels/.
 */
import type { Arithmetic } from './arithmetic.ts';
import { u } from './operation.ts';
import type { Value } from './running-error.ts';
import { exactly, roundingsOf } from './running-error.ts';

/** An ulp is at most 2u. */
const ulp = 2;

/** Roundings of a quotient: 2.5 ulp. */
const division = 2.5 * ulp;

/** Roundings of a root: inverseSqrt's 2 ulp and the quotient's. */
export const squareRoot = 2 * ulp + division;

/** 2⁻¹²⁶ in units of u. */
const flush = 2 ** -126 / u;

const { lost, within, times, plus, sumOf } = roundingsOf(flush);

const expUlps = (x: number) => 3 + 2 * Math.abs(x);

/** p/q of positive numbers. */
function over(p: Value, q: Value): Value {
  const size = p.size / q.size;
  return { size, error: (p.error + size * q.error) / q.size + division * size + lost(0) };
}

/** exp(−|x|) */
function decayOf(x: number): Value {
  return within(expUlps(x), Math.exp(-Math.abs(x)));
}

/** e = exp(−|x|): 1/(1 + e), or e/(1 + e) where x < 0. */
function sigmoid(x: number): Value {
  const e = decayOf(x);
  return over(x < 0 ? e : exactly(1), plus(exactly(1), e));
}

/**
 * log(1 + e) = 2·atanh(s), s = e/(2 + e) ≤ 1/3. 2·atanh′ ≤ 2.25 carries the error of s. Of s·(1 + s²/3 + …) the product
 * and the sum round; the roundings of what s²/3 ≤ 1/27 damps, and the series' end, are one more at most.
 */
function log1p(e: Value): Value {
  const s = over(e, plus(exactly(2), e));
  const size = Math.log1p(e.size);
  return { size, error: 2.25 * s.error + 3 * size + lost(0) };
}

/** exp's error and that of the difference by the condition of exp(v) − 1, the quotient; below ½ the series, as in WASM. */
function phiRoundings(v: number): number {
  const series = 8;
  if (Math.abs(v) < (1 - 2 * u) / 2) return series; // nearer to ½, ΔA may round to it
  const quotient = (ulp * expUlps(v)) / Math.abs(Math.expm1(-v)) + 1 + division;
  return Math.max(series, quotient);
}

export const gpu: Arithmetic = {
  ...{ lost, within, times, plus, sumOf },
  name: 'gpu',
  floor: 2 * 2 ** -126, // a product and the sum it goes into
  uniform: false,
  expUlps,
  sigmoid,
  silu: (x) => times(exactly(x), sigmoid(x)),
  softplus: (x) => plus(exactly(Math.max(x, 0)), log1p(decayOf(x))),
  division,
  phiRoundings,
  statesDepth: (dState) => dState, // in order
  chunk: 8,
  /** A sum meets every term, log's own (an error of the sum is absolute behind it), the difference max − target. */
  logSumExp: ({ terms, total, below }) =>
    terms * (1 + lost(0)) + Math.max(2 ** -21 / u, 3 * ulp * Math.log(total)) + below,
  int16: false,
};
