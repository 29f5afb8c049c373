/**
 * The cases of the discretizations, of real and of complex numbers. Δ is real.
 */
import type { Complex } from '../../reference/complex.ts';
import { complexAt } from '../../reference/complex.ts';
import type { ComplexDiscretizationRule } from '../../reference/discretize-complex.ts';
import {
  discretizeBilinearComplex,
  discretizeEulerComplex,
  discretizeMambaComplex,
  discretizeZohComplex,
} from '../../reference/discretize-complex.ts';
import { factorOf } from '../bounds.ts';
import type { RuleName } from '../operations/discretize.ts';
import { truthOf } from '../operations.ts';
import type { Random } from '../random.ts';
import { byExp } from './cases-scan.ts';
import { firstOrder } from './cases-selective-scan.ts';
import { complexDiscretizeScales } from './discretize-scales.ts';
import { grid, negativeGrid, randomOf, widened } from './grid.ts';
import { vectorArithmetic } from './vector-arithmetic.ts';
import type { VectorCase, VectorOutput } from './vector-case.ts';

const complexRules: Readonly<Record<RuleName, ComplexDiscretizationRule>> = {
  zoh: discretizeZohComplex,
  bilinear: discretizeBilinearComplex,
  euler: discretizeEulerComplex,
  mamba: discretizeMambaComplex,
};

const rules = ['zoh', 'bilinear', 'euler', 'mamba'] as const satisfies readonly RuleName[];

interface Entries {
  readonly rule: RuleName;
  readonly complex: boolean;
  readonly delta: Float32Array;
  readonly A: Float32Array;
  readonly B: Float32Array;
}

type Answer = Pick<VectorOutput, 'value' | 'scale' | 'factor'>;

export function* discretizeCases(seed: number): Generator<VectorCase> {
  for (const complex of [false, true]) {
    for (const wide of [false, true]) {
      for (const rule of rules) {
        const name = `${complex ? 'complex-' : ''}${rule}${wide ? '-wide' : ''}`;
        const random = randomOf(seed, `discretize/${name}`);
        const bits = (values: Float32Array) => (wide ? widened(values) : values);
        const { delta, A, B } = complex ? drawComplex(random) : drawReal(random);
        const entries = { rule, complex, delta: bits(delta), A: bits(A), B: bits(B) };
        const note = `${rule}${complex ? ' of complex numbers' : ''}, A = 0 and ΔA near 0 among them`;
        yield discretizeCase(name, entries, `${note}${wide ? '; numbers of 24 bits' : ''}`);
      }
    }
  }
}

type Drawn = Pick<Entries, 'delta' | 'A' | 'B'>;

function drawReal(random: Random): Drawn {
  const length = 96;
  const delta = grid(random, length).map(Math.abs);
  const A = negativeGrid(random, length, 1);
  for (let j = 0; j < length; j += 8) A[j] = 0; // where (exp(ΔA) − 1)/A divides by nothing
  for (let j = 1; j < length; j += 8) A[j]! /= 2 ** 9; // and where exp(ΔA) − 1 loses its digits
  for (let j = 2; j < length; j += 8) delta[j]! *= 16;
  return { delta, A, B: grid(random, length) };
}

/** A decays and turns; every eighth is 0, and so are its neighbours but for a little, their decay, and their turn. */
function drawComplex(random: Random): Drawn {
  const length = 48;
  const delta = grid(random, length).map(Math.abs);
  const [decay, turn] = [negativeGrid(random, length, 1), grid(random, length, 1)];
  for (let j = 0; j < length; j += 8) decay[j] = turn[j] = 0;
  for (let j = 1; j < length; j += 8) [decay[j], turn[j]] = [decay[j]! / 2 ** 9, turn[j]! / 2 ** 9];
  for (let j = 2; j < length; j += 8) delta[j]! *= 16;
  for (let j = 3; j < length; j += 8) decay[j] = 0;
  for (let j = 4; j < length; j += 8) turn[j] = 0;
  const A = Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? decay : turn)[Math.floor(i / 2)]!);
  return { delta, A, B: grid(random, 2 * length) };
}

function discretizeCase(name: string, entries: Entries, note: string): VectorCase {
  const { rule, complex, delta, A, B } = entries;
  const [steps, numbers] = complex
    ? [shaped(['i'], [delta.length]), shaped(['i', 're_im'], [delta.length, 2])]
    : [shaped(['i'], [delta.length]), shaped(['i'], [delta.length])];
  const { aBar, bBar } = complex ? complexAnswers(entries) : realAnswers(entries);
  return {
    ...{ name: `discretize/${name}`, operation: 'discretize', note, narrow: !name.endsWith('-wide') },
    parameters: { rule, complex },
    inputs: { delta: { ...steps, data: delta }, A: { ...numbers, data: A }, B: { ...numbers, data: B } },
    outputs: { aBar: { ...numbers, ...aBar, basis: 'counted' }, bBar: { ...numbers, ...bBar, basis: 'counted' } },
  };
}

const shaped = (axes: readonly string[], shape: readonly number[]) => ({ axes, shape });

interface Answers {
  readonly aBar: Answer;
  readonly bBar: Answer;
}

function realAnswers(entries: Entries): Answers {
  const problem = { ...entries, gaps: {} };
  const truths = byExp((exp) => truthOf('discretize', problem, vectorArithmetic[exp]));
  const factor = byExp((exp) => factorOf('discretize', problem, vectorArithmetic[exp]));
  const answer = (at: number): Answer => ({
    ...{ factor, value: Float64Array.from(truths.strict[at]!.value) },
    scale: byExp((exp) => Float64Array.from(truths[exp][at]!.scale!)),
  });
  return { aBar: answer(0), bBar: answer(1) };
}

function complexAnswers(entries: Entries): Answers {
  const { rule, delta, A, B } = entries;
  const discrete = Array.from(delta, (step, i) => complexRules[rule](step, complexAt(A, i), complexAt(B, i)));
  const scales = byExp((exp) => complexDiscretizeScales(entries, exp));
  const answer = (key: 'aBar' | 'bBar'): Answer => ({
    value: Float64Array.from(discrete.flatMap((one): Complex => one[key])),
    scale: byExp((exp) => scales[exp][key]),
    factor: byExp(() => firstOrder),
  });
  return { aBar: answer('aBar'), bBar: answer('bBar') };
}
