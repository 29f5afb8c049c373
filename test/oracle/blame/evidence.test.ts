/**
 * What is too little to name a mistake by.
 */
import { expect, test } from 'vitest';
import { blame } from '../../../src/oracle/blame/blame.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import type { GivenOutputs } from '../../../src/oracle/vectors/compare-case.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { budgetsOf } from '../../../src/oracle/vectors/declaration.ts';
import { runPort } from '../vectors/port.ts';
import { portOf } from '../vectors/port-numbers.ts';
import { judgedBy } from './blamed.ts';

const numbers = (given: GivenOutputs, name: string) =>
  given[name] as { readonly data: Float32Array; readonly precision: 'f32' };

test.each([
  ['conv', 'x', 'the causal convolution'],
  ['stepSize', 'delta', 'bias and softplus of Δ'],
  ['y', 'x', 'the selective scan, with D and gate'],
] as const)(
  'block: an intermediate %s that is %s, with right results behind it, names no mistake but where',
  (off, taken, where) => {
    const judged = judgedBy('block', (one) => {
      const traced = runPort(one, portOf(), true);
      return { ...traced, [off]: numbers(traced, taken) };
    });
    const [verdict] = blame(judged);
    expect(verdict).toMatchObject({ failing: judged.length, explained: 0, diverges: expect.stringContaining(where) });
    expect(verdict!.mistake).toBeUndefined();
  },
);

test('block: Δ, B and C given before their norms are not norms left out, since the results are right', () => {
  const judged = judgedBy('block', (one, given) => {
    if (one.parameters.mixerRmsEps === undefined) return given;
    const { mixerRmsEps: _, ...parameters } = one.parameters;
    const { deltaLow, B, C } = runPort({ ...one, parameters }, portOf(), true);
    return { ...given, deltaLow, B, C };
  });
  const [verdict] = blame(judged);
  expect(verdict).toMatchObject({ explained: 0, diverges: expect.stringContaining('deltaLow') });
});

test.each([
  'x and z swapped',
  'Δ, B, C split as Δ, C, B',
  'A not negated',
  'SiLU twice',
  'the convolution flipped',
  'bias after softplus',
  'gate before D',
])('block: "%s" is found with the intermediates that it makes, too', (mistake) => {
  const [verdict] = blame(judgedBy('block', (one) => runPort(one, portOf({ mistake }), true)));
  expect(verdict).toMatchObject({ mistake, explained: verdict!.failing });
});

test('a mistake that explains one of two failures is not named', () => {
  const judged = judgedBy('selectiveScan', (one, given) => {
    if (one.name.endsWith('/gate')) return runPort(one, portOf({ mistake: 'gate before D' }));
    if (!one.name.endsWith('/plain')) return given;
    const { data, precision } = numbers(given, 'y');
    return { ...given, y: { data: data.map((v) => 1.5 * v + 1), precision } };
  });
  expect(blame(judged)).toEqual([{ operation: 'selectiveScan', failing: 2, explained: 0 }]);
});

test.each(['aBar', 'bBar'] as const)(
  'a single element of %s that is a little off does not show a biased exp',
  (name) => {
    const judged = judgedBy('discretize', (one, given) => {
      if (one.name !== 'discretize/mamba') return given;
      const { data, precision } = numbers(given, name);
      const output = one.outputs[name]!;
      const wrong = output.value[2]! - 1.08 * budgetsOf(output, {}, 'f32')[2]!;
      return { ...given, [name]: { data: data.map((v, i) => (i === 2 ? wrong : v)), precision } };
    });
    expect(blame(judged)).toEqual([{ operation: 'discretize', failing: 1, explained: 0 }]);
  },
);

test('what passes though a mistake would make it fail is counted by cases, and only where it can', () => {
  const judged = judgedBy('selectiveScanBackward', (one, given) => {
    const { dZ } = runPort(one, portOf({ mistake: 'C conjugated' }));
    return dZ === undefined ? given : { ...given, dZ };
  });
  const passing = judged.filter(({ case: { parameters }, verdict }) => {
    return parameters.complex === true && verdict.failures.length === 0;
  });
  const [verdict] = blame(judged);
  expect(verdict).toMatchObject({ mistake: 'C conjugated', explained: verdict!.failing });
  expect(verdict!.contradicted ?? 0).toBeLessThanOrEqual(passing.length);
});

test('states that have eleven bits are not taken for float16 where one is too small for it', () => {
  const port = portOf({ store: inElevenBits });
  const judged = [...vectorCases({ seed: 2 })]
    .filter(({ operation }) => operation === 'block')
    .map((one) => {
      const given = runPort(one, port);
      return { case: one, given, verdict: compareCase(one, given) };
    });
  expect(blame(judged)).toMatchObject([{ mistake: 'state kept in few bits' }]);
});

/** As TF32 keeps it: float16's bits with float32's range. */
function inElevenBits(v: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(v))) - 10);
  return v === 0 ? 0 : Math.round(v / unit) * unit;
}
