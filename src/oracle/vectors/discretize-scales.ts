/**
 * Scales for the discretizations of complex numbers, in units of u: what operations/discretize.ts counts for real ones, on
 * moduli, since both parts of a result may be as far off as the number itself. v = Δ·A, of which each part rounds once.
 *
 *   p/q       at most 6 + 2·division roundings. With the conjugate: √5 for the product, 2 for |q|², division, and 1 where
 *             1/|q|² comes first. Smith's way, with the quotient r of q's parts, |r| ≤ 1: (division + 1)·(½ + √½) + 2 for
 *             the sums that r enters, division, and √5 where 1/q comes first
 *   exp(v)−1  (expm1(Re v)·cos(Im v) − 2·sin²(½Im v)) + i·exp(Re v)·sin(Im v), or from |v| = ½ on the plain difference,
 *             whichever rounds more
 *   φ(v)      that over v; what v is off by comes out as |v·φ′(v)| ≤ |exp(v)| + |φ(v)|
 */
import type { Complex } from '../../reference/complex.ts';
import { absolute, complexAt, exp, scale, subtract } from '../../reference/complex.ts';
import { expm1OverComplex } from '../../reference/discretize-complex.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { RuleName } from '../operations/discretize.ts';
import type { Value } from '../running-error.ts';
import { exactly } from '../running-error.ts';
import { complexExp, complexTimes, twice } from './scan-scales.ts';
import { trigonometric, vectorArithmetic } from './vector-arithmetic.ts';
import type { ExpName } from './vector-case.ts';

export interface ComplexEntries {
  readonly rule: RuleName;
  readonly delta: Float32Array; // (length), not negative
  readonly A: Float32Array; // (length, 2), the real parts not positive
  readonly B: Float32Array; // (length, 2)
}

export interface DiscretizeScales {
  readonly aBar: Float64Array; // (length, 2)
  readonly bBar: Float64Array; // (length, 2)
}

export function complexDiscretizeScales({ rule, delta, A, B }: ComplexEntries, name: ExpName): DiscretizeScales {
  const arithmetic = vectorArithmetic[name];
  const entries = Array.from(delta, (step, i): Entry => {
    const a = complexAt(A, i);
    const off = arithmetic.times(exactly(step), exactly(absolute(a))).error;
    const deltaB = arithmetic.times(exactly(step), exactly(absolute(complexAt(B, i))));
    return { v: scale(step, a), off, deltaB, arithmetic };
  });
  const errorsOf = (of: (entry: Entry) => number) => twice(Float64Array.from(entries, of));
  return { aBar: errorsOf(rules[rule].aBar), bBar: errorsOf(rules[rule].bBar) };
}

interface Entry {
  readonly v: Complex;
  /** What v is off by. */
  readonly off: number;
  readonly deltaB: Value;
  readonly arithmetic: Arithmetic;
}

type Rule = { readonly [K in keyof DiscretizeScales]: (entry: Entry) => number };

const expRule = ({ v, off, arithmetic }: Entry) => complexExp(arithmetic, v[0], off).error;
const eulerRule = ({ deltaB }: Entry) => deltaB.error;

const rules: Readonly<Record<RuleName, Rule>> = {
  zoh: { aBar: expRule, bBar: (entry) => complexTimes(entry.arithmetic, entry.deltaB, phiOf(entry)).error },
  bilinear: {
    aBar: (entry) => quotient(entry.arithmetic, oneWith(entry, 1 / 2), oneWith(entry, -1 / 2)).error,
    bBar: (entry) => quotient(entry.arithmetic, entry.deltaB, oneWith(entry, -1 / 2)).error,
  },
  euler: { aBar: (entry) => oneWith(entry, 1).error, bBar: eulerRule },
  mamba: { aBar: expRule, bBar: eulerRule },
};

/** 1 + w·v, where the real parts are added; w is a power of two. */
function oneWith({ v: [re, im], off, arithmetic }: Entry, w: number): Value {
  return {
    size: Math.hypot(1 + w * re, w * im),
    error: Math.abs(w) * off + Math.abs(1 + w * re) + arithmetic.lost(0),
  };
}

function quotient({ division, lost }: Arithmetic, p: Value, q: Value): Value {
  const size = p.size / q.size;
  return { size, error: (p.error + size * q.error) / q.size + (6 + 2 * division) * size + lost(1 / 2) };
}

/** φ(v), which is 1 exactly at v = 0. */
function phiOf({ v, off, arithmetic }: Entry): Value {
  const length = absolute(v);
  if (length === 0) return exactly(1);
  const size = absolute(expm1OverComplex(v));
  const divided = quotient(arithmetic, { size: size * length, error: expm1Error(v, arithmetic) }, exactly(length));
  return { size, error: divided.error + (off / length) * (Math.exp(v[0]) + size) };
}

/** A kernel may take the plain difference from ½ on, and may have rounded |v| up to that. */
const nearHalf = 1 / 2 - 2 ** -20;

/** Of exp(v) − 1 from a v that is exact. */
function expm1Error(v: Complex, arithmetic: Arithmetic): number {
  const [re, im] = v;
  const turned = Math.abs(Math.expm1(re) * Math.cos(im));
  const squared = 2 * Math.sin(im / 2) ** 2;
  const realError = turned * (arithmetic.phiRoundings(re) + 1 + trigonometric + 2) + squared * (2 * trigonometric + 2);
  const ulps = arithmetic.expUlps(re);
  const imaginaryError = Math.exp(re) * Math.abs(Math.sin(im)) * (2 * ulps + trigonometric + 1);
  const formula = Math.hypot(realError, imaginaryError) + arithmetic.lost(ulps);
  if (absolute(v) < nearHalf) return formula;
  return Math.max(formula, complexExp(arithmetic, re, 0).error + absolute(subtract(exp(v), [1, 0])));
}
