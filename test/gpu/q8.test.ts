/**
 * q8_0 on a GPU: the numbers are GGUF's exactly, products stay within the oracle's bound, whole or in tiles. On
 * headlessgl; the rounding is compared with src/oracle/rounding.ts, which computes without bit patterns.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { GpuBackend } from '../../gpu/backend.ts';
import type { GpuMatrix } from '../../gpu/cells.ts';
import { GpuKernels } from '../../gpu/kernels.ts';
import { createGpuBackend } from '../../gpu/open-backend.ts';
import { blockLength, packBlockInto, wordsInBlock } from '../../gpu/q8.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { createGpuTarget } from '../../src/oracle/gpu-target.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { Random } from '../../src/oracle/random.ts';
import { toQ8 } from '../../src/oracle/rounding.ts';
import { judge } from '../../src/oracle/suite.ts';
import { absent } from './required.ts';

/** Textures of 64 × 64 hold 16,384 numbers of a matrix and 4,096 of a cell. */
const opened = await Promise.all([
  createGpuBackend('headlessgl'),
  createGpuBackend('headlessgl', { maxTextureSize: 64 }),
]).catch((error: unknown) => {
  if (error instanceof UnsupportedError) return error;
  throw error;
});
const missing = opened instanceof Error ? opened.message : undefined;
const [whole, tiled] = (opened instanceof Error ? [] : opened) as [GpuBackend, GpuBackend];
afterAll(() => {
  for (const backend of [whole, tiled]) backend?.dispose();
});

test('headlessgl is here, or its absence was allowed', () => {
  expect(absent('headlessgl', missing)).toBe(false);
  if (missing === undefined) expect([whole.name, tiled.name]).toEqual(['headlessgl', 'headlessgl']);
});

/** These rows of weights that were written in pieces of so many rows, by embed. */
async function throughDevice(backend: GpuBackend, weights: Written, places: readonly number[]): Promise<Embedded> {
  const { data, columns, piece } = weights;
  const matrix = backend.matrix('weight', data.length / columns, columns, 'q8_0') as GpuMatrix;
  for (let row = 0; row < matrix.rows; row += piece) {
    backend.writeRows(matrix, row, data.subarray(row * columns, (row + piece) * columns));
  }
  expect(matrix.tiles.every(({ staged }) => staged === undefined)).toBe(true);
  const ids = backend.integers('ids', places.length);
  backend.write(ids, Uint32Array.from(places));
  const out = backend.floats('out', places.length * columns);
  backend.embed({ out: { cell: out, offset: 0, stride: columns }, ids, weight: matrix, rows: places.length });
  const numbers = await backend.read(out);
  for (const what of [out, ids, matrix]) backend.free(what);
  return { numbers, tiles: matrix.tiles.length };
}

interface Written {
  readonly data: Float32Array;
  readonly columns: number;
  readonly piece: number;
}

interface Embedded {
  readonly numbers: Float32Array;
  readonly tiles: number;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** === for numbers, and NaN where NaN is expected. */
function expectSame(numbers: Float32Array, expected: Float64Array): void {
  expect(numbers.length).toBe(expected.length);
  const wrong = expected.findIndex(
    (value, i) => numbers[i] !== value && !(Number.isNaN(value) && Number.isNaN(numbers[i])),
  );
  expect(wrong < 0 ? 'the same' : `number ${wrong} expected ${expected[wrong]}, got ${numbers[wrong]}`).toBe(
    'the same',
  );
}

/** k·2^e with |k| < 2¹⁵: small scales become 0 or subnormal float16, and quotients fall on halves; some are no numbers. */
const block = fc
  .record({
    exponent: fc.oneof(fc.integer({ min: -50, max: 20 }), fc.constantFrom(-149, -45, -33, -32, -31, -18, -14)),
    ks: fc.array(fc.oneof(fc.integer({ min: -127, max: 127 }), fc.integer({ min: -(2 ** 15), max: 2 ** 15 })), {
      minLength: blockLength,
      maxLength: blockLength,
    }),
    special: fc.option(fc.constantFrom(Number.NaN, Infinity, -Infinity), { freq: 8, nil: undefined }),
    place: fc.nat({ max: blockLength - 1 }),
  })
  .map(({ exponent, ks, special, place }) =>
    ks.map((k, j) => (j === place && special !== undefined ? special : k * 2 ** exponent)),
  );

const weights = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 })).chain(([blocks, rows]) =>
  fc.record({
    columns: fc.constant(blocks * blockLength),
    drawn: fc.array(block, { minLength: blocks * rows, maxLength: blocks * rows }),
    piece: fc.integer({ min: 1, max: rows }),
  }),
);

/** A problem of size `size` in q8_0: the first one from this seed on. */
function q8Problem<O extends 'linear' | 'embed'>(operation: O, seed: number, size: number): Problems[O] {
  let problem = problemOf(operation, seed, size);
  for (let next = seed + 1; problem.dtype !== 'q8_0'; next++) problem = problemOf(operation, next % 2 ** 32, size);
  return problem;
}

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

async function expectConform<O extends OperationName>(backend: GpuBackend, operation: O, problem: Problems[O]) {
  const target = createGpuTarget(backend, new GpuKernels(backend));
  const { failure, absent } = await judge(target, operation, problem);
  expect({ failure, absent }).toEqual({});
}

describe.skipIf(missing)('q8_0 on headlessgl', () => {
  test('embed gives the numbers of GGUF, exactly, NaN for a block with NaN or Infinity', async () => {
    await fc.assert(
      fc.asyncProperty(weights, async ({ columns, drawn, piece }) => {
        const data = Float32Array.from(drawn.flat());
        const { numbers } = await throughDevice(whole, { data, columns, piece }, upTo(data.length / columns));
        expectSame(numbers, toQ8(data));
      }),
    );
  });

  test('all of −128 … 127 survive at every place of a word, under every kind of scale', async () => {
    const scales = [1, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1365 * 2 ** -12, 65504, 0];
    const integers = Int8Array.from(
      { length: 256 * blockLength },
      (_, i) => (i % blockLength) + Math.floor(i / blockLength),
    );
    const { machine } = whole;
    for (const scale of scales) {
      const packed = new Float32Array(256 * wordsInBlock);
      for (let row = 0; row < 256; row++) {
        const q = integers.subarray(row * blockLength, (row + 1) * blockLength);
        packBlockInto(packed, row * wordsInBlock, q, scale);
      }
      expect(packed.every((word, i) => i % wordsInBlock === wordsInBlock - 1 || (word >= 0 && word < 2 ** 24))).toBe(
        true,
      );
      const matrix = machine.uploadMatrix(packed, 256, wordsInBlock);
      const ids = machine.upload(Float32Array.from({ length: 256 }, (_, row) => row));
      const out = machine.call('embedQ8', [blockLength, 256], matrix, ids, machine.nothing(), blockLength, 0, 256);
      const numbers = await machine.read(out, 0, integers.length);
      for (const value of [matrix, ids, out]) value.delete();
      expectSame(
        numbers,
        Float64Array.from(integers, (q) => q * scale + 0),
      );
    }
  });

  test('linear and embed stay within their bounds', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 0, max: 40 }), async (seed, size) => {
        await expectConform(whole, 'linear', q8Problem('linear', seed, size));
        await expectConform(whole, 'embed', q8Problem('embed', seed, size));
      }),
    );
  });

  test('long rows, whose sums are split, stay within the bound', async () => {
    const [blocks, dOut] = [fc.integer({ min: 8, max: 50 }), fc.integer({ min: 1, max: 80 })];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), blocks, dOut, async (rows, count, dOut) => {
        const { calls } = whole.machine;
        await expectConform(whole, 'linear', longProblem(rows, blockLength * count, dOut));
        expect(whole.machine.calls).toBeGreaterThan(calls + 1); // partial sums and their sums
      }),
    );
  });

  test('many tokens stay within the bound', async () => {
    await expectConform(whole, 'linear', longProblem(300, 256, 300)); // a sum is no longer split
  });

  test('tiles stay within the bound, with bias and old values', async () => {
    for (const rows of [1, 2, 3]) await expectConform(tiled, 'linear', longProblem(rows, 640, 200));
    const { tiles } = tiled.matrix('weight', 200, 640, 'q8_0') as GpuMatrix;
    expect(tiles.length).toBe(3);
  });

  test('weights written in pieces, across tiles, are those written at once', async () => {
    const [rows, columns] = [600, 96];
    const data = new Random(11).floats(rows * columns, 1 / 64);
    const places = [0, 1, 6, 7, 453, 454, 455, 456, 599]; // the second tile begins at 455
    const rounded = toQ8(data);
    const expected = places.flatMap((row) => [...rounded.subarray(row * columns, (row + 1) * columns)]);
    for (const piece of [rows, 1, 7, 455, 456]) {
      const { numbers, tiles } = await throughDevice(tiled, { data, columns, piece }, places);
      expect(tiles).toBe(2);
      expectSame(numbers, Float64Array.from(expected));
    }
  });

  test('a block occupies 48 bytes, and nothing stays behind', () => {
    const before = whole.residentBytes;
    const matrix = whole.matrix('weight', 10, 96, 'q8_0');
    expect(whole.residentBytes - before).toBe(10 * 3 * 48);
    whole.free(matrix);
    expect(whole.residentBytes).toBe(before);
  });

  test.each(['bf16', 'f16'] as const)('%s is refused', (dtype) => {
    expect(() => whole.matrix('weight', 4, 32, dtype)).toThrow(UnsupportedError);
    expect(() => whole.matrix('weight', 4, 32, dtype)).toThrow(
      `headlessgl: "weight" expected f32 or q8_0, which GPUs hold, got ${dtype}`,
    );
  });

  test('rows of no whole blocks are refused', () => {
    expect(() => whole.matrix('weight', 4, 40, 'q8_0')).toThrow(
      new UnsupportedError('headlessgl: "weight" expected columns in blocks of 32 for q8_0, got 40'),
    );
  });
});

function longProblem(rows: number, dIn: number, dOut: number): Problems['linear'] {
  const random = new Random(dIn + dOut);
  return {
    ...{ rows, dIn, dOut, dtype: 'q8_0' },
    x: random.floats(rows * dIn, 1),
    weight: random.floats(dOut * dIn, 0.3),
    bias: random.floats(dOut, 1),
    add: random.floats(rows * dOut, 1),
    gaps: random.gaps('out', 'x'),
  };
}
