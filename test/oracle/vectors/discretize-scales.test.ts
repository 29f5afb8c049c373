/**
 * The scales of complex discretizations: whichever way a program divides and forms exp(v) − 1, it passes in float32.
 */
import { expect, test } from 'vitest';
import type { RuleName } from '../../../src/oracle/operations/discretize.ts';
import { discretizeCases } from '../../../src/oracle/vectors/cases-discretize.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { complexDiscretizeScales } from '../../../src/oracle/vectors/discretize-scales.ts';
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Complex } from '../../../src/reference/complex.ts';
import type { Z } from './port-numbers.ts';
import { f, numberAt, plus, times } from './port-numbers.ts';

const complexCases = Array.from({ length: 20 }, (_, seed) => [...discretizeCases(seed)])
  .flat()
  .filter(({ parameters }) => parameters.complex === true);

type Divide = (p: Z, q: Z) => Z;
type Phi = (v: Z, divide: Divide) => Z;

const divisions: Readonly<Record<string, Divide>> = {
  'with the conjugate': (p, q) => {
    const [re, im] = times(p, [q[0], -q[1]]);
    return [f(re / square(q)), f(im / square(q))];
  },
  'times 1/|q|²': (p, q) => {
    const inverse = f(1 / square(q));
    const [re, im] = times(p, [q[0], -q[1]]);
    return [f(re * inverse), f(im * inverse)];
  },
  'Smith’s way': smith,
  'times 1/q by Smith’s way': (p, q) => times(p, smith([1, 0], q)),
};

function square([c, d]: Z): number {
  return f(f(c * c) + f(d * d));
}

function smith([a, b]: Z, [c, d]: Z): Z {
  if (Math.abs(c) < Math.abs(d)) return smith([b, -a], [d, -c]);
  const ratio = f(d / c);
  const denominator = f(c + f(d * ratio));
  return [f(f(a + f(b * ratio)) / denominator), f(f(b - f(a * ratio)) / denominator)];
}

function exp([re, im]: Z): Z {
  const size = f(Math.exp(re));
  return [f(size * f(Math.cos(im))), f(size * f(Math.sin(im)))];
}

const factors: Readonly<Record<string, Phi>> = {
  'expm1 and sin²': (v, divide) => {
    const half = f(Math.sin(v[1] / 2));
    const re = f(f(f(Math.expm1(v[0])) * f(Math.cos(v[1]))) - f(2 * f(half * half)));
    return divide([re, exp(v)[1]], v);
  },
  'a series below ½, else the difference': (v, divide) => {
    if (Math.hypot(...v) >= 0.5) return divide(plus(exp(v), [-1, 0]), v);
    let sum: Z = [1, 0];
    for (let k = 12; k >= 2; k--) sum = plus([1, 0], times([f(v[0] / k), f(v[1] / k)], sum));
    return sum;
  },
};

function outputsOf({ inputs, parameters: { rule } }: VectorCase, divide: Divide, phi: Phi) {
  const [delta, A, B] = ['delta', 'A', 'B'].map((name) => inputs[name]!.data as Float32Array);
  const entries = Array.from(delta!, (step, i): { aBar: Z; bBar: Z } => {
    const v = times([step, 0], numberAt(A!, i, true));
    const deltaB = times([step, 0], numberAt(B!, i, true));
    const below = plus([1, 0], [-v[0] / 2, -v[1] / 2]);
    if (rule === 'bilinear') {
      return { aBar: divide(plus([1, 0], [v[0] / 2, v[1] / 2]), below), bBar: divide(deltaB, below) };
    }
    const zoh = rule === 'zoh' && !(v[0] === 0 && v[1] === 0);
    return { aBar: rule === 'euler' ? plus([1, 0], v) : exp(v), bBar: zoh ? times(deltaB, phi(v, divide)) : deltaB };
  });
  return {
    aBar: Float32Array.from(entries.flatMap(({ aBar }) => aBar)),
    bBar: Float32Array.from(entries.flatMap(({ bBar }) => bBar)),
  };
}

const ways = Object.keys(divisions).flatMap((division) => Object.keys(factors).map((factor) => ({ division, factor })));

test.each(ways)(
  'quotients $division, φ by $factor: within the budgets of strict and of gpu',
  ({ division, factor }) => {
    let worst = 0;
    for (const one of complexCases) {
      const given = outputsOf(one, divisions[division]!, factors[factor]!);
      for (const name of ['strict', 'gpu'] as const) {
        const verdict = compareCase(one, given, { exp: name });
        expect(verdict.failures, one.name).toEqual([]);
        if (name === 'strict') worst = Math.max(worst, ...verdict.outputs.map((output) => output.worst));
      }
    }
    expect(worst).toBeGreaterThan(1 / 4); // and the budgets are no wider than that
  },
);

/** What underflow may cost is less. */
const beyond = 2 ** -100;

test('of real numbers, the scales for complex ones are no smaller than those for real ones, and at most sixfold', () => {
  for (const one of discretizeCases(1)) {
    if (one.parameters.complex === true) continue;
    const [delta, A, B] = ['delta', 'A', 'B'].map((name) => one.inputs[name]!.data as Float32Array);
    const complex = (data: Float32Array) => Float32Array.from(Array.from(data).flatMap((v): Complex => [v, 0]));
    const entries = { rule: one.parameters.rule as RuleName, delta: delta!, A: complex(A!), B: complex(B!) };
    const scales = complexDiscretizeScales(entries, 'strict');
    for (const key of ['aBar', 'bBar'] as const) {
      const ratios = Array.from(one.outputs[key]!.scale.strict, (scale, i) => {
        return (scales[key][2 * i]! + beyond) / (scale + beyond);
      });
      const moving = ratios.filter((_, i) => delta![i]! * A![i]! !== 0); // φ(0) = 1 rounds nothing
      expect(Math.min(...moving), `${one.name} ${key}`).toBeGreaterThan(1 - 2 ** -20);
      expect(Math.max(...moving), `${one.name} ${key}`).toBeLessThan(6);
    }
  }
});
