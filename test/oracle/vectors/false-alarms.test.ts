/**
 * What is right passes: a port in float32, in every order, over many seeds. VECTOR_SEEDS says how many (5; 200 take some
 * five minutes), VECTOR_FIRST_SEED from which one on.
 */
import { expect, test } from 'vitest';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { runPort } from './port.ts';
import { biasedExp, orders, portOf } from './port-numbers.ts';

const seeds = Number(process.env.VECTOR_SEEDS ?? 5);
const firstSeed = Number(process.env.VECTOR_FIRST_SEED ?? 0);

test(`a right float32 port passes in sequential, Blelloch and chunked order: ${seeds} seeds`, {
  timeout: 30_000 * seeds,
}, () => {
  const worst: Record<string, number> = {};
  const alarms: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const one of vectorCases({ seed })) {
      for (const order of orders) {
        const { failures, outputs } = compareCase(one, runPort(one, portOf({ order }), true));
        alarms.push(...failures.map((failure) => `seed ${seed}, ${order}, ${one.name}: ${failure}`));
        for (const output of outputs) {
          const held = one.operation === 'selectiveScanBackward' && one.parameters.discretization === 'zoh';
          const name = one.outputs[output.output]!.optional ? '(intermediates)' : output.output;
          const key = `${one.operation}${held ? ' zoh' : ''} ${name}`;
          worst[key] = Math.max(worst[key] ?? 0, output.worst);
        }
      }
    }
  }
  if (process.env.VECTOR_SEEDS !== undefined) process.stderr.write(`${JSON.stringify(worst, null, 1)}\n`);
  expect(alarms).toEqual([]);
  // Tight: no budget is more than twenty times what was seen, but for what a sum or a convolution gets exactly.
  const loose = Object.entries(worst).filter(([key, units]) => units < 1 / 20 && !exact.includes(key));
  expect(loose).toEqual([]);
});

/** States that nothing computes with. */
const exact = ['causalConv1d state', 'block convState'];

test('exp that is 4 ulp too large fails strict over 4,096 tokens, and one of 3 ulp passes as a GPU’s', () => {
  const cases = [...vectorCases()].filter(({ name }) => name === 'selectiveScan/impulse');
  expect(cases.map(({ parameters }) => parameters.seqLen)).toEqual([4096]);
  for (const one of cases) {
    const given = (ulps: number) => runPort(one, portOf({ exp: biasedExp(ulps) }));
    expect(compareCase(one, given(4), { exp: 'strict' }).worst).toBeGreaterThan(2);
    expect(compareCase(one, given(3), { exp: 'strict' }).worst).toBeGreaterThan(1);
    expect(compareCase(one, given(3), { exp: 'gpu' }).failures).toEqual([]);
  }
});

test('exp that is 1 ulp too large passes strict over 4,096 tokens', () => {
  for (const one of vectorCases()) {
    if (one.parameters.seqLen !== 4096 || one.operation !== 'selectiveScan') continue;
    expect(compareCase(one, runPort(one, portOf({ exp: biasedExp(1) }))).failures).toEqual([]);
  }
});

test.each([1, -1])('the worst exp that WGSL allows, 3 + 2|x| ulp in the direction %i, passes as a GPU’s', (sign) => {
  for (let seed = 0; seed < 2; seed++) {
    for (const one of vectorCases({ seed })) {
      if (one.operation === 'block' || one.operation === 'model') continue; // whose budgets are measured
      const exp = (x: number) => biasedExp(sign * Math.floor(3 + 2 * Math.abs(x)))(x);
      for (const order of orders) {
        expect(compareCase(one, runPort(one, portOf({ order, exp })), { exp: 'gpu' }).failures, one.name).toEqual([]);
      }
    }
  }
});
