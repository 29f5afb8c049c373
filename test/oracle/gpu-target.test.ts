/**
 * createGpuTarget without a GPU: over the WASM backend as any Backend. What a Backend breaks of its promises is a failure,
 * and what it lacks a dash.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { strict } from '../../src/oracle/arithmetic.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import type { GpuKernelSet } from '../../src/oracle/gpu-target.ts';
import { createGpuTarget } from '../../src/oracle/gpu-target.ts';
import { operationNames, problemOf } from '../../src/oracle/operations.ts';
import { judge, runSuite } from '../../src/oracle/suite.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { strictBackend } from '../wasm/targets.ts';
import { genericBackend, genericKernels } from './generic-backend.ts';

const wasm = await strictBackend();
const kernels = genericKernels(wasm);
/** Judged by the arithmetic that it has. */
const target = { ...createGpuTarget(genericBackend(wasm), kernels), arithmetic: strict };
afterAll(() => wasm.dispose());

const dashes: Readonly<Record<string, readonly string[]>> = {
  selectiveScanBackward: ['selectiveScanBackward: the GPU computes forward only'],
  causalConv1d: ['causalConv1d without SiLU is no operation of a Backend'],
};

test('it names the backend, its device, and the arithmetic of shaders', () => {
  const { name, device, arithmetic } = createGpuTarget(genericBackend(wasm), kernels);
  expect({ name, device }).toEqual({ name: wasm.name, device: wasm.device });
  expect(arithmetic).toBe(gpu);
});

test.each(operationNames)('%s of a right Backend passes, and nothing stays allocated', async (operation) => {
  await runSuite(target, { seeds: 80, operations: [operation] }); // the backend's own scratch grows
  const before = wasm.residentBytes;
  const [row] = await runSuite(target, { seeds: 80, operations: [operation] });
  expect(row!.failures).toEqual([]);
  expect(row!.absent).toEqual(dashes[operation] ?? []);
  expect(row!.cases > 0).toBe(operation !== 'selectiveScanBackward');
  expect(wasm.residentBytes).toBe(before);
});

const broken: readonly {
  readonly what: string;
  readonly says: RegExp;
  changes(wasm: WasmBackend): Partial<Backend>;
}[] = [
  {
    what: 'a column beside the rows of the result written',
    says: /^"out" number \d+ \(of \d+\) expected 12345\.677734375, as it was, got 0$/,
    changes: (own) => ({ copyRows: ({ out, ...rest }) => copyInto(own, rest, out.cell, out) }),
  },
  {
    what: 'an input written',
    says: /^"x" number 0 \(of \d+\) expected \S+, as it was, got 0\.5$/,
    changes: (own) => ({
      copyRows(operands) {
        own.copyRows(operands);
        own.write(operands.x.cell, Float32Array.of(0.5));
      },
    }),
  },
  {
    what: 'an index written',
    says: /^"index" number 0 \(of \d+\) expected \d+, as it was, got 7777$/,
    changes: (own) => ({
      copyRows(operands) {
        own.copyRows(operands);
        own.write(operands.index, Uint32Array.of(7777));
      },
    }),
  },
  {
    what: 'a result never written',
    says: /^out \(r=0, i=0\) expected \S+, got 12345\.677734375: /,
    changes: () => ({ copyRows: () => {} }),
  },
  {
    what: 'too few numbers read back',
    says: /expected \d+ numbers read back, got 0$/,
    changes: () => ({ read: async () => new Float32Array() }),
  },
];

/** The copy, and a zero into the column behind its first row. */
function copyInto(
  own: WasmBackend,
  rest: Omit<Parameters<Backend['copyRows']>[0], 'out'>,
  cell: Parameters<Backend['write']>[0],
  out: Parameters<Backend['copyRows']>[0]['out'],
): void {
  own.copyRows({ ...rest, out });
  own.write(cell, Float32Array.of(0), out.offset + rest.width);
}

describe('what a Backend must not do', () => {
  const problem = { ...problemOf('copyRows', 1, 9), ...grid(), gaps: { out: [1, 2], x: [0, 1] } } as const;
  test.each(broken)('$what', async ({ says, changes }) => {
    const { failure } = await judge(createGpuTarget(genericBackend(wasm, changes), kernels), 'copyRows', problem);
    expect(failure).toMatch(says);
  });

  /** Two rows of three, swapped. */
  function grid() {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    return { rows: 2, width: 3, x, index: Uint32Array.of(1, 0) };
  }
});

test('a matrix arrives in two pieces, cut at a multiple of four rows, and in one where there are few', async () => {
  const pieces: number[][] = [];
  const watched = genericBackend(wasm, (own) => ({
    writeRows(matrix, row, data) {
      pieces.push([row, data.length / matrix.columns]);
      own.writeRows(matrix, row, data);
    },
  }));
  for (const dOut of [0, 7, 8, 21]) {
    const sizes = { rows: 1, dIn: 2, dOut, dtype: 'f32', gaps: {} } as const;
    const problem = { ...sizes, x: new Float32Array(2), weight: new Float32Array(2 * dOut) };
    expect(await judge(createGpuTarget(watched, kernels), 'linear', problem)).toEqual({ worst: 0 });
  }
  expect(pieces).toEqual([
    [0, 7],
    [0, 4],
    [4, 4],
    [0, 8],
    [8, 13],
  ]);
});

test('what the Backend or a kernel lacks is a dash with its reason; what was placed is freed', async () => {
  const refuse = (): never => {
    throw new UnsupportedError('no bf16 here');
  };
  const before = wasm.residentBytes;
  const poor: GpuKernelSet = { ...kernels, exp: async () => refuse() };
  const dash = createGpuTarget(
    genericBackend(wasm, () => ({ matrix: refuse })),
    poor,
  );
  expect(await judge(dash, 'linear', problemOf('linear', 2, 9))).toMatchObject({ absent: 'no bf16 here' });
  expect(await judge(dash, 'exp', problemOf('exp', 2, 9))).toMatchObject({ absent: 'no bf16 here' });
  const constant = { ...problemOf('selectiveScan', 2, 9), constantB: true };
  const { absent } = await judge(dash, 'selectiveScanUnfused', constant);
  expect(absent).toBe('selectiveScanUnfused with constant B or C: the GPU has no such kernel');
  expect(wasm.residentBytes).toBe(before);
});
