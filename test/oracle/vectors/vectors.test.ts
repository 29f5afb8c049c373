/**
 * The vectors themselves: what they hold, that they come back as they went, and who passes them.
 */
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { loadFolder } from '../../../src/checkpoint/load-folder.node.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { toBfloat16, toFloat16 } from '../../../src/oracle/rounding.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { traceCase } from '../../../src/oracle/vectors/cases-model.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { Layout } from '../../../src/oracle/vectors/layout.ts';
import { fileNames, parseManifest } from '../../../src/oracle/vectors/manifest.ts';
import { readCase } from '../../../src/oracle/vectors/read-vectors.ts';
import { vectorFiles } from '../../../src/oracle/vectors/write-vectors.ts';
import { embeddedFolder } from '../../embedded.ts';
import { runPort } from './port.ts';
import { portLogits } from './port-block.ts';
import { portOf } from './port-numbers.ts';

const cases = [...vectorCases()];

async function written(layout: Layout) {
  const files = await vectorFiles(cases, { seed: 0, size: 'small', layout });
  const open = (name: string) => openSafetensors(bytesSource(name, files.get(name)!));
  const manifest = parseManifest(new TextDecoder().decode(files.get(fileNames.manifest)), fileNames.manifest);
  return { files, manifest, inputs: await open(fileNames.inputs), expected: await open(fileNames.expected) };
}

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

describe.each(['ours', 'upstream'] as const)('in the layout %s', (layout) => {
  test('what is written is read back, scales as float32', async () => {
    const { manifest, inputs, expected } = await written(layout);
    for (const [i, entry] of manifest.cases.entries()) {
      const one = await readCase(manifest, entry, { inputs, expected });
      expect(one.inputs).toEqual(cases[i]!.inputs);
      for (const [key, output] of Object.entries(one.outputs)) {
        const { value, scale, axes, shape } = cases[i]!.outputs[key]!;
        expect([output.axes, output.shape, output.value]).toEqual([axes, shape, value]);
        expect(output.scale.strict).toEqual(scale.strict.map(Math.fround));
      }
    }
  });
});

test('upstream’s layout has a batch of one, time last, and complex numbers behind it', async () => {
  const { manifest } = await written('upstream');
  const shapesOf = (name: string) => manifest.cases.find((one) => one.name === name)!.inputs;
  const { x, B, A } = shapesOf('selectiveScan/complex');
  expect([x!.axes, x!.shape]).toEqual([
    ['b', 'd', 't'],
    [1, 4, 9],
  ]);
  expect([B!.axes, B!.shape]).toEqual([
    ['b', 'g', 'n', 't', 're_im'],
    [1, 1, 3, 9, 2],
  ]);
  expect([A!.axes, A!.shape]).toEqual([
    ['d', 'n', 're_im'],
    [4, 3, 2],
  ]);
  expect(shapesOf('causalConv1d/plain').state!.axes).toEqual(['s', 'd', 'k']);
});

test('upstream’s layout moves time: x[t, d] lies at (0, d, t)', async () => {
  const { inputs, manifest } = await written('upstream');
  const { tensor, shape } = manifest.cases.find((one) => one.name === 'selectiveScan/plain')!.inputs.x!;
  const info = inputs.tensors.get(tensor)!;
  const bytes = await info.source.read(info.begin, info.end - info.begin);
  const stored = new Float32Array(bytes.slice().buffer);
  const { data } = cases.find((one) => one.name === 'selectiveScan/plain')!.inputs.x!;
  const [, dInner, seqLen] = shape as [number, number, number];
  for (let d = 0; d < dInner; d++) {
    for (let t = 0; t < seqLen; t++) expect(stored[d * seqLen + t]).toBe(data[t * dInner + d]);
  }
});

test('the same options give the same bytes, another seed other numbers of the same shapes', async () => {
  const again = await vectorFiles(vectorCases(), { seed: 0, size: 'small', layout: 'ours' });
  const { files } = await written('ours');
  for (const [name, bytes] of files) expect(Buffer.compare(again.get(name)!, bytes), name).toBe(0);
  const other = [...vectorCases({ seed: 1 })];
  expect(other.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  expect(other[10]!.inputs).not.toEqual(cases[10]!.inputs);
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

test('each layer of the embedded model, in float32, is within its trace', { timeout: 60_000 }, async () => {
  const { config, weights } = await loadFolder(embeddedFolder);
  const ids = Array.from(new TextEncoder().encode('ROMEO:\nO'));
  const trace = traceCase(config, weights, ids, 'embedded');
  const named = (name: string): Float32Array | undefined => {
    const [, layer, field] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const place = layer === undefined ? weights : weights.layers[Number(layer)]!;
    const data = Reflect.get(place, field ?? name) as Float64Array | undefined;
    return data && Float32Array.from(data);
  };
  const cached = new Map<string, Float32Array | undefined>();
  const weightOf = (name: string) => {
    if (!cached.has(name)) cached.set(name, named(name));
    return cached.get(name);
  };
  const outputs = portLogits(config as never, weightOf, ids, portOf());
  const given = Object.fromEntries(
    Object.keys(trace.outputs).flatMap((key) =>
      outputs[key] ? [[key, { data: outputs[key], precision: 'f32' as const }]] : [],
    ),
  );
  const verdict = compareCase(
    { ...trace, outputs: Object.fromEntries(Object.keys(given).map((key) => [key, trace.outputs[key]!])) },
    given,
  );
  expect(verdict.failures).toEqual([]);
  expect(verdict.outputs.length).toBeGreaterThan(40);
  if (process.env.VECTOR_SEEDS !== undefined) process.stderr.write(`trace ${verdict.worst}\n`);
});
