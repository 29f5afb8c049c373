/**
 * The budgets against the WebAssembly kernels: they pass, and no budget is more than twenty times the error seen. With
 * VECTOR_TABLE=1 the table is printed.
 */
import { afterAll, expect, test } from 'vitest';
import type { OperationName, Problems } from '../../../src/oracle/operations.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import { createWasmTarget } from '../../../src/oracle/wasm-target.ts';
import { strictBackend } from '../../wasm/targets.ts';

const backend = await strictBackend();
const target = createWasmTarget(backend);
afterAll(() => backend.dispose());

type Run = readonly [operation: OperationName, problem: object, names: Readonly<Record<string, string>>];

/** The kernels' calls for a case, with the case's name of each result; none for what they do not offer. */
function runsOf({ operation, parameters, inputs }: VectorCase): readonly Run[] {
  const data = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.data as Float32Array]));
  const base = { ...parameters, ...data, gaps: {} };
  const sequences = (parameters.cuSeqlens as readonly number[] | undefined)?.length ?? 1;
  const states = (sequences - 1) * Number(parameters.dInner) * Number(parameters.dState);
  switch (operation) {
    case 'discretize':
      return parameters.complex ? [] : [['discretize', base, { aBar: 'aBar', bBar: 'bBar' }]];
    case 'scan':
      return [['scanSequential', base, { h: 'h' }] as const, ['scanBlelloch', base, { h: 'h' }] as const];
    case 'selectiveScan': {
      if (parameters.complex || parameters.constantB || parameters.constantC || parameters.by === 'steps') return [];
      return [['selectiveScan', { ...base, h: data.h0 ?? new Float32Array(states) }, { y: 'y', hLast: 'hLast' }]];
    }
    case 'selectiveScanBackward': {
      if (parameters.complex) return [];
      const problem = { ...base, discretization: 'mamba', h: data.h0 ?? new Float32Array(states) };
      const names = ['dX', 'dDelta', 'dA', 'dB', 'dC', 'dD', 'dZ', 'dDeltaBias', 'dH0'];
      return [['selectiveScanBackward', problem, Object.fromEntries(names.map((name) => [name, name]))]];
    }
    case 'causalConv1d': {
      const [dInner, dConv] = [Number(parameters.dInner), Number(parameters.dConv)];
      const weight = data.weight!.map((_, i) => data.weight![(i % dInner) * dConv + Math.floor(i / dInner)]!);
      const state = data.state ?? new Float32Array((sequences - 1) * (dConv - 1) * dInner);
      return [['causalConv1d', { ...base, weight, state }, { y: 'y', state: 'state' }]];
    }
    default:
      return [];
  }
}

test('the kernels pass, and every budget is within twenty times what they need', { timeout: 300_000 }, async () => {
  const worst: Record<string, number> = {};
  for (let seed = 0; seed < 5; seed++) {
    for (const one of vectorCases({ seed })) {
      for (const [operation, problem, names] of runsOf(one)) {
        const result = await target.run(operation, problem as Problems[typeof operation]);
        const asked = Object.entries(names).filter(([, output]) => one.outputs[output] !== undefined);
        const given = Object.fromEntries(
          asked.map(([name, output]) => [output, { data: result[name]!, precision: 'f32' as const }]),
        );
        const outputs = Object.fromEntries(asked.map(([, output]) => [output, one.outputs[output]!]));
        const verdict = compareCase({ ...one, outputs }, given);
        expect(verdict.failures, one.name).toEqual([]);
        for (const { output, worst: units } of verdict.outputs) {
          const key = `${operation} ${output}`;
          worst[key] = Math.max(worst[key] ?? 0, units);
        }
      }
    }
  }
  if (process.env.VECTOR_TABLE !== undefined) process.stderr.write(`${JSON.stringify(worst, null, 1)}\n`);
  const exact = ['discretize aBar', 'causalConv1d state'];
  expect(Object.entries(worst).filter(([key, units]) => units < 1 / 20 && !exact.includes(key))).toEqual([]);
});
