/**
 * The port's discretizations, of real and of complex numbers (port-scan.ts).
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Port, Z } from './port-numbers.ts';
import { f, numberAt, plus, times } from './port-numbers.ts';
import type { Numbers } from './port-scan.ts';

const one: Z = [1, 0];

export function portDiscretize({ inputs, parameters }: VectorCase, port: Port): Numbers {
  const [delta, A, B] = ['delta', 'A', 'B'].map((name) => inputs[name]!.data as Float32Array);
  const complex = parameters.complex === true;
  const backward = port.mistake === 'Euler backward for bilinear' && parameters.rule === 'bilinear';
  const rule = backward ? 'backward' : String(parameters.rule);
  const numbers = Array.from(delta!, (step, i) => {
    const a = numberAt(A!, i, complex);
    const [v, b] = [times([step, 0], a), numberAt(B!, i, complex)];
    return { aBar: aBarOf(rule, v, port), bBar: bBarOf(rule, { v, a, b, step }, port) };
  });
  const parts = (z: Z) => (complex ? z : [z[0]]);
  return {
    aBar: Float32Array.from(numbers.flatMap(({ aBar }) => parts(aBar))),
    bBar: Float32Array.from(numbers.flatMap(({ bBar }) => parts(bBar))),
  };
}

function aBarOf(rule: string, v: Z, port: Port): Z {
  if (rule === 'euler') return port.mistake === 'exp for Euler’s Ā' ? exp(v, port) : plus(one, v);
  if (rule === 'backward') return over(one, plus(one, negative(v)));
  const half: Z = [v[0] / 2, v[1] / 2];
  if (rule === 'bilinear') return over(plus(one, half), plus(one, negative(half)));
  return port.mistake === 'Euler for A' ? plus(one, v) : exp(v, port);
}

interface Entry {
  readonly v: Z;
  readonly a: Z;
  readonly b: Z;
  readonly step: number;
}

function bBarOf(rule: string, { v, a, b, step }: Entry, port: Port): Z {
  const { mistake } = port;
  const euler = times([step, 0], b);
  if (rule === 'backward') return over(euler, plus(one, negative(v)));
  if (rule === 'bilinear') return over(euler, plus(one, [-v[0] / 2, -v[1] / 2]));
  const zoh = (rule === 'zoh') !== (mistake === 'ZOH for B taken as Euler, or the other way');
  if (!zoh || rule === 'euler') return euler;
  if (mistake === '(exp(ΔA) − 1)/A divides by 0') return times(over(expm1(v, port), a), b);
  if (v[0] === 0 && v[1] === 0) return euler;
  const minusOne = mistake === 'expm1 as exp − 1' ? plus(exp(v, port), [-1, 0]) : expm1(v, port);
  return times(euler, over(minusOne, v));
}

const negative = ([re, im]: Z): Z => [-re, im === 0 ? 0 : -im];

function exp([re, im]: Z, port: Port): Z {
  const size = port.exp(re);
  return im === 0 ? [size, 0] : [f(size * f(Math.cos(im))), f(size * f(Math.sin(im)))];
}

/** (expm1(re)·cos(im) − 2·sin²(im/2)) + i·exp(re)·sin(im) */
function expm1(v: Z, port: Port): Z {
  const [re, im] = v;
  if (im === 0) return [f(Math.expm1(re)), 0];
  const half = f(Math.sin(im / 2));
  return [f(f(f(Math.expm1(re)) * f(Math.cos(im))) - f(2 * f(half * half))), exp(v, port)[1]];
}

/** p·conj(q)/|q|², or a part at a time where q is real. */
function over(p: Z, [c, d]: Z): Z {
  if (d === 0) return [f(p[0] / c), p[1] === 0 ? 0 : f(p[1] / c)];
  const square = f(f(c * c) + f(d * d));
  const [re, im] = times(p, [c, -d]);
  return [f(re / square), f(im / square)];
}
