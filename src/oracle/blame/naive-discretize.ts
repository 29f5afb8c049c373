/**
 * The discretizations once more, of real and of complex numbers, with mistakes to switch on (naive-scan.ts).
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { coarsePhi } from './naive-factor.ts';
import { expBy, lossOf } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, at, put, scale, times } from './pair.ts';

export function naiveDiscretize(reader: CaseReader, mistake?: MistakeName, variant = 1): Outputs {
  const [delta, A, B] = [reader.get('delta'), reader.get('A'), reader.get('B')];
  const [rule, complex] = [reader.word('rule'), reader.flag('complex')];
  const [aBar, bBar] = [new Float64Array(A.length), new Float64Array(B.length)];
  const divides = mistake === '(exp(ΔA) − 1)/A divides by 0' && rule === 'zoh';
  delta.forEach((step, i) => {
    const a = at(A, i, complex);
    const v = scale(step, a);
    const phi: Pair = divides && isZero(a) ? [NaN, NaN] : naivePhi(rule, v, mistake, variant);
    put(aBar, i, naiveABar(rule, v, mistake, variant), complex);
    put(bBar, i, times(scale(step, at(B, i, complex)), phi), complex);
  });
  return { aBar, bBar };
}

const one: Pair = [1, 0];

const isZero = ([re, im]: Pair) => re === 0 && im === 0;

function naiveABar(rule: string, v: Pair, mistake: MistakeName | undefined, variant: number): Pair {
  if (rule === 'euler') return mistake === 'exp for Euler’s Ā' ? exp(v) : add(one, v);
  if (rule === 'bilinear') {
    if (mistake === 'Euler backward for bilinear') return over(one, add(one, scale(-1, v)));
    return over(add(one, scale(1 / 2, v)), add(one, scale(-1 / 2, v)));
  }
  return mistake === 'Euler for A' ? add(one, v) : exp(v, expBy(mistake, variant));
}

/** B̄/(Δ·B) */
function naivePhi(rule: string, v: Pair, mistake: MistakeName | undefined, variant: number): Pair {
  const zoh = (rule === 'zoh') !== (mistake === 'ZOH for B taken as Euler, or the other way' && rule !== 'bilinear');
  const share = mistake === 'Euler backward for bilinear' ? -1 : -1 / 2;
  if (rule === 'bilinear') return over(one, add(one, scale(share, v)));
  if (!zoh || isZero(v) || rule === 'euler') return one;
  return mistake === 'expm1 as exp − 1' ? coarsePhi(v, lossOf(variant).signs) : over(expm1(v), v);
}

function exp([v, w]: Pair, real = Math.exp): Pair {
  const size = real(v);
  return [size * Math.cos(w), w === 0 ? 0 : size * Math.sin(w)];
}

/** exp − 1 with all its digits: cos w − 1 is −2·sin²(w/2). */
function expm1([v, w]: Pair): Pair {
  const half = Math.sin(w / 2);
  return [Math.expm1(v) * Math.cos(w) - 2 * half * half, exp([v, w])[1]];
}

function over(p: Pair, [c, d]: Pair): Pair {
  if (d === 0) return [p[0] / c, p[1] === 0 ? 0 : p[1] / c];
  return scale(1 / (c * c + d * d), times(p, [c, -d]));
}
