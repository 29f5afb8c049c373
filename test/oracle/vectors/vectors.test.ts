/**
 * The vectors themselves: what they hold, and who passes them.
 */
import { expect, test } from 'vitest';
import { toBfloat16, toFloat16 } from '../../../src/oracle/rounding.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { operationTexts } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from './port.ts';
import { portOf } from './port-numbers.ts';

const cases = [...vectorCases()];

test('names are unique, every budget is finite, and values are NaN nowhere', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  for (const { name, outputs } of cases) {
    for (const [key, { value, scale, state }] of Object.entries(outputs)) {
      const numbers = [value, scale.strict, scale.gpu, ...(state === undefined ? [] : [state])];
      expect(
        numbers.every((list) => list.length === value.length && list.every(Number.isFinite)),
        `${name} ${key}`,
      ).toBe(true);
    }
  }
});

test('an unknown size, and nothing where results should be, are refused by name', () => {
  expect(() => vectorCases({ size: 'big' as never }).next()).toThrow('"size" expected small or full, got "big"');
  expect(() => compareCase(cases[0]!, undefined as never)).toThrow('"given" expected the outputs of discretize/zoh');
});

test('cases that say so are exact in bfloat16 and float16', () => {
  for (const { name, narrow, inputs } of cases) {
    if (!narrow) continue;
    for (const [key, { data }] of Object.entries(inputs)) {
      if (data instanceof Int32Array) continue;
      const wide = Array.from(data).filter((v) => toBfloat16(v) !== v || toFloat16(v) !== v);
      expect(wide, `${name} ${key}`).toEqual([]);
    }
  }
});

test('inputs read as bfloat16 or float16 fail where float32 is declared, whichever operand it is', () => {
  for (const operation of new Set(cases.map((one) => one.operation))) {
    const wide = cases.filter((one) => one.operation === operation && !one.narrow && !one.name.endsWith('denormals'));
    const inputs = wide.flatMap((one) => Object.entries(one.inputs));
    const operands = new Set(inputs.filter(([, { data }]) => data instanceof Float32Array).map(([key]) => key));
    for (const round of [toBfloat16, toFloat16]) {
      for (const operand of operands) {
        const failing = wide.some((one) => {
          const input = one.inputs[operand];
          if (input === undefined) return false;
          const inputs = { ...one.inputs, [operand]: { ...input, data: (input.data as Float32Array).map(round) } };
          return compareCase(one, runPort({ ...one, inputs }, portOf())).failures.length > 0;
        });
        expect(failing, `${operation} ${operand}`).toBe(true);
      }
    }
  }
});

test.each(['selectiveScan', 'selectiveScanBackward'] as const)('%s: a cut of softplus at 10 fails', (operation) => {
  const middle = cases.find(({ name }) => name === `${operation}/softplus-middle`)!;
  expect(compareCase(middle, runPort(middle, portOf())).failures).toEqual([]);
  expect(compareCase(middle, runPort(middle, portOf({ mistake: 'softplus cut at 10' }))).failures).not.toEqual([]);
});

test('the manifest says what each intermediate of a block is, and where softplus is cut', () => {
  const block = cases.filter(({ operation }) => operation === 'block');
  const optional = block.flatMap(({ outputs }) => Object.keys(outputs).filter((key) => outputs[key]!.optional));
  const said = operationTexts.block.split('Optional: ')[1] ?? '';
  const words = new Set(said.split(/[^A-Za-z]+/));
  expect(optional.length).toBeGreaterThan(0);
  expect(optional.filter((key) => !words.has(key))).toEqual([]);
  expect(operationTexts.selectiveScan).toContain('softplus(v) = v above 20');
});

test('zero-order hold meets every switch of the selective scan, and gradients every constant alone', () => {
  const having = (operation: string, ...switches: string[]) =>
    cases.some(({ operation: own, parameters: p }) => {
      const held: Readonly<Record<string, boolean>> = {
        ...{ zoh: p.discretization === 'zoh', packed: (p.cuSeqlens as readonly number[] | undefined)?.length !== 2 },
        ...{ groups: Number(p.groups) > 1, steps: p.by === 'steps', complex: p.complex === true },
        ...{ B: p.constantB === true && p.constantC !== true, C: p.constantC === true && p.constantB !== true },
      };
      return own === operation && switches.every((name) => held[name]);
    });
  for (const name of ['packed', 'groups', 'steps', 'complex', 'B', 'C']) {
    expect(having('selectiveScan', 'zoh', name), name).toBe(true);
  }
  for (const names of [['zoh', 'packed'], ['complex', 'packed'], ['zoh', 'complex'], ['B'], ['C']]) {
    expect(having('selectiveScanBackward', ...names), names.join()).toBe(true);
  }
});

test('every case of zero-order hold tells it from Euler’s rule, but where A = 0 and they agree', () => {
  const held = cases.filter(({ parameters }) => parameters.discretization === 'zoh');
  const mistake = 'ZOH for B taken as Euler, or the other way';
  const passing = held.filter((one) => compareCase(one, runPort(one, portOf({ mistake }))).failures.length === 0);
  expect(passing.map(({ name }) => name)).toEqual(['selectiveScan/A-0']);
});

test('full has every small case, as it is, and longer ones', () => {
  const full = new Map(Array.from(vectorCases({ size: 'full' }), (one) => [one.name, one]));
  for (const one of cases) expect(full.get(one.name)?.inputs, one.name).toEqual(one.inputs);
  expect(full.size).toBeGreaterThan(cases.length + 10);
});

test('there are cases where kernels break: tiles of channels, states and tokens, and packed sequences from nothing', () => {
  const sizes = cases.map(({ operation, parameters: p, inputs }) => {
    const fresh = inputs.h0 === undefined && inputs.state === undefined;
    const packed = ((p.cuSeqlens as readonly number[] | undefined)?.length ?? 2) > 2;
    const [tokens, channels, states] = [p.seqLen, p.dInner ?? p.channels, p.dState].map(Number);
    return { operation: operation as string, fresh, packed, tokens: tokens!, channels: channels!, states: states! };
  });
  for (const operation of ['scan', 'selectiveScan', 'selectiveScanBackward', 'causalConv1d']) {
    const ofIt = sizes.filter((one) => one.operation === operation);
    expect(
      ofIt.some(({ channels }) => channels > 64),
      operation,
    ).toBe(true);
    if (operation !== 'scan')
      expect(
        ofIt.some(({ packed, fresh }) => packed && fresh),
        operation,
      ).toBe(true);
    expect(
      ofIt.some(({ tokens }) => tokens > (operation === 'causalConv1d' ? 256 : 512)),
      operation,
    ).toBe(true);
    if (operation.startsWith('selective'))
      expect(
        ofIt.some(({ states }) => states > 32),
        operation,
      ).toBe(true);
  }
  for (const fresh of [true, false]) {
    const tiles = sizes.filter((one) => one.operation === 'causalConv1d' && one.fresh === fresh);
    expect(tiles.some(({ channels, tokens }) => channels > 64 && tokens > 256)).toBe(true);
  }
});

test('a narrow state is within its budget where it is declared, and not where it is not', async () => {
  const one = cases.find(({ name }) => name === 'selectiveScan/all')!;
  for (const [state, store] of [
    ['f16', toFloat16],
    ['bf16', toBfloat16],
  ] as const) {
    const given = runPort(one, portOf({ store }));
    expect(compareCase(one, given, { state }).failures).toEqual([]);
    expect(compareCase(one, given).failures).not.toEqual([]);
  }
});

test('results rounded to bfloat16 and float16 are within their budgets', () => {
  for (const one of cases) {
    for (const [precision, round] of [
      ['bf16', toBfloat16],
      ['f16', toFloat16],
    ] as const) {
      const given = Object.fromEntries(
        Object.entries(one.outputs).map(([key, { value }]) => [key, { data: value.map(round), precision }]),
      );
      const overflow = Object.values(one.outputs).some(({ value }) => value.some((v) => !Number.isFinite(round(v))));
      if (!overflow && one.outputs.state === undefined) expect(compareCase(one, given).failures, one.name).toEqual([]);
    }
  }
});
