/**
 * The factors of what is measured (src/oracle/vectors/measured-outputs.ts): what a right float32 program needs of them, with a
 * right exp and with the worst that WGSL allows. FACTOR_SEEDS says how many seeds (10; 1,000 take some two minutes), and with it
 * the table is printed: kind, then the median and the worst of the errors in units of u·scale.
 */
import { expect, test } from 'vitest';
import { blockCases } from '../../../src/oracle/vectors/cases-block.ts';
import { modelCases } from '../../../src/oracle/vectors/cases-model.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { measuredFactors } from '../../../src/oracle/vectors/measured-outputs.ts';
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from './port.ts';
import type { Port } from './port-numbers.ts';
import { biasedExp, orders, portOf } from './port-numbers.ts';

const seeds = Number(process.env.FACTOR_SEEDS ?? 10);
const wgsl = (sign: number) => (x: number) => biasedExp(sign * Math.floor(3 + 2 * Math.abs(x)))(x);

const ports = {
  strict: orders.map((order) => portOf({ order })),
  gpu: [portOf({ exp: wgsl(1) }), portOf({ exp: wgsl(-1) })],
};

type Errors = Record<string, number[]>;

/** Adds the errors of each output, in units of u·scale, to those of its kind. */
function collect(errors: Errors, one: VectorCase, port: Port, exp: 'strict' | 'gpu'): void {
  for (const { output, worst } of compareCase(one, runPort(one, port, true), { exp }).outputs) {
    const kind = output in measuredFactors ? output : 'step';
    const name = `${exp} ${kind}`;
    errors[name] ??= [];
    errors[name].push(worst * one.outputs[output]!.factor[exp]);
  }
}

test(`no kind needs more than its factor, and none has twenty times what it usually needs: ${seeds} seeds`, {
  timeout: 60_000 + 1000 * seeds,
}, () => {
  const errors: Errors = {};
  for (let seed = 0; seed < seeds; seed++) {
    const first = Math.imul(seed, 10_007) >>> 1;
    for (const one of [...blockCases(first), ...modelCases(first)]) {
      for (const exp of ['strict', 'gpu'] as const) for (const port of ports[exp]) collect(errors, one, port, exp);
    }
  }
  const rows = Object.entries(errors).map(([name, all]) => {
    const [sorted, [exp, kind]] = [all.toSorted((p, q) => p - q), name.split(' ')];
    const factor = measuredFactors[kind as keyof typeof measuredFactors][exp as 'strict' | 'gpu'];
    return { name, median: sorted[Math.floor(sorted.length / 2)]!, worst: sorted.at(-1)!, factor };
  });
  if (process.env.FACTOR_SEEDS !== undefined)
    process.stderr.write(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  expect(rows.filter(({ worst, factor }) => !(worst <= factor))).toEqual([]);
  const tight = rows.filter(({ name }) => name !== 'strict A'); // a correctly rounded exp leaves nothing to see
  expect(tight.filter(({ median, factor }) => !(20 * median >= factor))).toEqual([]);
});
