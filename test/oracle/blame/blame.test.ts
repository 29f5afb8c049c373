/**
 * Every planted mistake fails the suite and is blamed for it: in float32, in an implementation that is right otherwise
 * and shares nothing with the programs that explain it. Those of the gradients: blame-backward.test.ts.
 */
import { expect, test } from 'vitest';
import { blame } from '../../../src/oracle/blame/blame.ts';
import { toBfloat16, toFloat16 } from '../../../src/oracle/rounding.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorOperation } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from '../vectors/port.ts';
import type { Port } from '../vectors/port-numbers.ts';
import { biasedExp, portOf, roughExp } from '../vectors/port-numbers.ts';
import { blamed, cases, judgedBy } from './blamed.ts';

/** Mistakes of the port, and the operation that each is looked for in. */
const planted: readonly (readonly [VectorOperation, string, Partial<Port>?])[] = [
  ['scan', 'combine with its operands swapped'],
  ['scan', 'down-sweep with its operands swapped', { order: 'blelloch' }],
  ['scan', 'padded with (0, 0)', { order: 'blelloch' }],
  ['scan', 'exclusive instead of inclusive'],
  ['scan', 'a of the token before'],
  ['scan', 'initial state ignored'],
  ['scan', 'a chunk begins from nothing', { order: 'chunked' }],
  ['scan', 'a chunk is carried by its token’s a alone', { order: 'chunked' }],
  ['scan', 'state kept in float16', { store: toFloat16 }],
  ['discretize', 'Euler backward for bilinear'],
  ['discretize', '(exp(ΔA) − 1)/A divides by 0'],
  ['discretize', 'expm1 as exp − 1'],
  ['discretize', 'expm1 as exp − 1', { exp: roughExp }],
  ['selectiveScan', 'expm1 as exp − 1', { exp: roughExp }],
  ['discretize', 'ZOH for B taken as Euler, or the other way'],
  ['discretize', 'Euler for A'],
  ['discretize', 'exp for Euler’s Ā'],
  ['selectiveScan', 'bias after softplus'],
  ['selectiveScan', 'softplus without its cut'],
  ['selectiveScan', 'softplus by log(1 + exp)'],
  ['selectiveScan', 'ZOH for B taken as Euler, or the other way'],
  ['selectiveScan', 'Euler for A'],
  ['selectiveScan', 'A not negated'],
  ['selectiveScan', 'gate before D'],
  ['selectiveScan', 'gate by sigmoid'],
  ['selectiveScan', 'groups tiled'],
  ['selectiveScan', 'C reads the old state'],
  ['selectiveScan', 'last state one token old'],
  ['selectiveScan', 'state not reset between sequences'],
  ['selectiveScan', 'initial state ignored'],
  ['selectiveScan', 'initial state added, not decayed'],
  ['selectiveScan', '2·Re taken as Re'],
  ['selectiveScan', 'state kept in float16', { store: toFloat16 }],
  ['selectiveScan', 'state kept in bfloat16', { store: toBfloat16 }],
  ['selectiveScan', 'state kept in float16', { store: toFloat16, readsBefore: true }],
  ['selectiveScan', 'state kept in bfloat16', { store: toBfloat16, readsBefore: true }],
  ['selectiveScan', 'a chunk begins from nothing', { order: 'chunked' }],
  ['block', 'a chunk begins from nothing', { order: 'chunked' }],
  ['model', 'a chunk begins from nothing', { order: 'chunked' }],
  ['selectiveScan', 'exp biased', { exp: biasedExp(4) }],
  ['selectiveScan', 'exp in float16', { exp: (x) => toFloat16(Math.exp(x)) }],
  ['selectiveScan', 'the first group for all'],
  ['selectiveScan', 'delta bias left out'],
  ['discretize', 'exp biased', { exp: biasedExp(4) }],
  ['selectiveScan', 'B transposed'],
  ['selectiveScan', 'B of the token before'],
  ['selectiveScan', 'D added twice'],
  ['selectiveScan', 'h0 of the first sequence for all'],
  ['selectiveScan', 'expm1 as exp − 1'],
  ['causalConv1d', 'SiLU twice'],
  ['block', 'SiLU twice'],
  ['causalConv1d', 'the convolution shifted by one'],
  ['causalConv1d', 'the convolution flipped'],
  ['causalConv1d', 'the convolution’s state not moved on'],
  ['causalConv1d', 'bias after SiLU'],
  ['block', 'x and z swapped'],
  ['block', 'Δ, B, C split as Δ, C, B'],
  ['block', 'A not negated'],
  ['block', 'the convolution flipped'],
  ['block', 'gate before D'],
  ['model', 'last norm left out'],
  ['model', 'residual added twice'],
  ['model', 'residual added twice', { second: true }],
  ['model', 'tied head transposed'],
  ['model', 'x and z swapped'],
];

const rows = planted.map(([operation, mistake, options = {}]) => ({ operation, mistake, options }));

test.each(rows)('$operation: "$mistake" fails and is blamed for every failure', ({ operation, mistake, options }) => {
  const [verdict, ...others] = blamed(operation, portOf({ ...options, mistake }));
  expect(others).toEqual([]);
  expect(verdict!.failing).toBeGreaterThan(0);
  expect(verdict).toMatchObject({ operation, mistake, explained: verdict!.failing });
});

test.each(['discretize', 'selectiveScan', 'selectiveScanBackward'] as const)(
  '%s: exp in float16 is told from one whose argument is narrow too',
  (operation) => {
    const [wide] = blamed(operation, portOf({ exp: (x) => toFloat16(Math.exp(x)) }));
    expect(wide).toMatchObject({ mistake: 'exp in float16', explained: wide!.failing });
    expect(wide!.parameter).toBeUndefined();
    const [narrow] = blamed(operation, portOf({ exp: (x) => toFloat16(Math.exp(toFloat16(x))) }));
    const parameter = 'its argument too';
    expect(narrow).toMatchObject({ mistake: 'exp in float16', parameter, explained: narrow!.failing });
  },
);

test('a mistake that nobody knows is not taken for another one', () => {
  const judged = cases
    .filter((one) => one.operation === 'scan')
    .map((one) => {
      const { h, hLast } = one.outputs;
      const wrong = { h: h!.value.map((v, i) => v * (1 + (i % 7) / 100)), hLast: hLast!.value.map((v) => 1.5 * v + 1) };
      const given = Object.fromEntries(
        Object.entries(wrong).map(([name, data]) => [name, { data, precision: 'f32' as const }]),
      );
      return { case: one, given, verdict: compareCase(one, given) };
    });
  expect(blame(judged)).toEqual([{ operation: 'scan', failing: judged.length, explained: 0 }]);
});

test.each(['selectiveScan', 'selectiveScanBackward', 'scan', 'causalConv1d', 'discretize'] as const)(
  '%s: an output that is missing, misshaped or of a wrong length is no mistake of mathematics',
  (operation) => {
    const broken = [
      undefined,
      'expected shape [9, 4], got [4, 9]',
      { data: new Float64Array(1), precision: 'f32' as const },
    ];
    for (const output of broken) {
      for (const lost of Object.keys(cases.find((one) => one.operation === operation)!.outputs)) {
        const every = judgedBy(operation, (_, given) => ({ ...given, [lost]: output }));
        const failing = every.filter(({ verdict }) => verdict.failures.length > 0).length;
        expect(blame(every)).toEqual([{ operation, failing, unanswered: failing, explained: 0 }]);
      }
    }
  },
);

test.each([
  ['block', 'mixerRmsEps', 'another eps in the norms of Δ, B and C'],
  ['model', 'mixerRmsEps', 'another eps in the norms of Δ, B and C'],
  ['model', 'normEps', 'another eps in the norms around the blocks'],
] as const)('%s: another %s is found out and named with its size', (operation, key, mistake) => {
  const eps = key === 'normEps' ? 1e-3 : 1e-5;
  const judged = judgedBy(operation, (one, given) => {
    if (one.parameters[key] === undefined) return given;
    return runPort({ ...one, parameters: { ...one.parameters, [key]: eps } }, portOf());
  });
  const [verdict] = blame(judged);
  expect(verdict).toMatchObject({ mistake, parameter: String(eps), explained: verdict!.failing });
});

test('a missing output does not hide the mistake of the other cases', () => {
  const judged = judgedBy('selectiveScan', (one, given) => {
    if (one.name.endsWith('/plain')) return { y: given.y };
    return runPort(one, portOf({ mistake: 'gate before D' }));
  });
  const [verdict] = blame(judged);
  expect(verdict).toMatchObject({ mistake: 'gate before D', unanswered: 1, explained: verdict!.failing - 1 });
});

test('denormals that are flushed to zero are told from a state in float16', () => {
  const flush = (v: number) => (Math.abs(v) < 2 ** -126 ? 0 : v);
  for (const places of [{ store: flush }, {}]) {
    const judged = judgedBy('selectiveScan', (one) => {
      const given = runPort(one, portOf(places)) as Record<string, { data: Float32Array; precision: 'f32' }>;
      return Object.fromEntries(
        Object.entries(given).map(([name, { data, precision }]) => [name, { data: data.map(flush), precision }]),
      );
    });
    expect(blame(judged)).toMatchObject([{ mistake: 'denormals flushed to zero', failing: 1, explained: 1 }]);
  }
});

/** To so many bits, to nearest or cut off. */
const inBits = (bits: number, round: (v: number) => number) => (v: number) => {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(v))) + 1 - bits);
  return v === 0 ? 0 : round(v / unit) * unit;
};

test.each([
  [11, 'rounded to 11 bits, as TF32 has', Math.round],
  [16, 'rounded to 16 bits', Math.round],
  [12, 'cut off to 12 bits', Math.trunc],
] as const)('a state of %i bits is one that is %s', (bits, parameter, round) => {
  for (const operation of ['scan', 'selectiveScan'] as const) {
    const [verdict] = blamed(operation, portOf({ store: inBits(bits, round) }));
    expect(verdict).toMatchObject({ operation, mistake: 'state kept in few bits', parameter });
    expect(2 * verdict!.explained).toBeGreaterThan(verdict!.failing);
  }
});

test('what explains a minority of the failures is not blamed', () => {
  const judged = judgedBy('selectiveScan', (one, given) => {
    if (one.name.endsWith('/gate')) return runPort(one, portOf({ mistake: 'gate before D' }));
    const { data, precision } = given.y as { data: Float32Array; precision: 'f32' };
    return one.name.includes('length') ? { ...given, y: { data: data.map((v) => 1.5 * v + 1), precision } } : given;
  });
  const [verdict] = blame(judged);
  expect([verdict!.failing > 10, verdict!.mistake]).toEqual([true, undefined]);
});

test('low precision is not blamed in the face of what passes', () => {
  const judged = judgedBy('selectiveScan', (one, given) =>
    one.name.endsWith('/plain') ? runPort(one, portOf({ store: toFloat16 })) : given,
  );
  expect(blame(judged)).toEqual([{ operation: 'selectiveScan', failing: 1, explained: 0 }]);
});

test('two mistakes at once: each explains the cases that are its own', () => {
  const mixed = cases
    .filter((one) => one.operation === 'selectiveScan')
    .map((one) => {
      const gated = one.name.includes('gate');
      const given = runPort(one, portOf({ mistake: gated ? 'gate before D' : 'groups tiled' }));
      return { case: one, given, verdict: compareCase(one, given) };
    });
  expect(blame(mixed)[0]!.explained).toBeGreaterThan(0);
  expect(['gate before D', 'groups tiled']).toContain(blame(mixed)[0]!.mistake);
});

test('what is right is not blamed for anything', () => {
  for (const operation of new Set(cases.map((one) => one.operation))) expect(blamed(operation, portOf())).toEqual([]);
});
