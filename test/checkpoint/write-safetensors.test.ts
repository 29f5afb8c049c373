import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';

const character = fc.constantFrom(...'ab"\\é😀\u0001 _.');
const text = fc.string({ unit: character, maxLength: 6 });
const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });

const numbers = shape.chain((dims) => {
  const length = dims.reduce((product, size) => product * size, 1);
  const size = { minLength: length, maxLength: length };
  const data = fc.oneof(
    fc.array(fc.double(), size).map((list) => Float64Array.from(list)),
    fc.array(fc.float(), size).map((list) => Float32Array.from(list)),
    fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), size).map((list) => BigInt64Array.from(list)),
  );
  return fc.record({ shape: fc.constant(dims), data });
});

const tensors: fc.Arbitrary<WritableTensor[]> = fc
  .uniqueArray(fc.tuple(text, numbers), { selector: ([name]) => name, maxLength: 5 })
  .map((list) => list.map(([name, { shape: dims, data }]) => ({ name, shape: dims, data })));

const metadata = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs));

describe('safetensorsBytes', () => {
  it('is undone by the reader: names, shapes, every value, metadata', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (written, about) => {
        const file = await openSafetensors(bytesSource('w', safetensorsBytes(written, about)));
        expect(file.metadata).toEqual(about);
        expect(file.tensors.size).toBe(written.length);
        for (const { name, shape: dims, data } of written) {
          expect(file.tensors.get(name)!.shape).toEqual(dims);
          expect(await readTensor(file, name)).toEqual(data);
        }
      }),
    );
  });

  it('gives the same bytes for any order of tensors and metadata', () => {
    fc.assert(
      fc.property(tensors, metadata, (written, about) => {
        const backwards = safetensorsBytes(written.toReversed(), new Map([...about].reverse()));
        expect(Buffer.compare(backwards, safetensorsBytes(written, about))).toBe(0);
      }),
    );
  });

  it('aligns the data to 8 bytes and orders it by size of element, then by name', async () => {
    const bytes = safetensorsBytes([
      { name: 'a', shape: [1], data: { dtype: 'U8', bytes: Uint8Array.of(1) } },
      { name: 'c', shape: [1], data: Float32Array.of(1) },
      { name: 'b', shape: [1], data: Float32Array.of(1) },
      { name: 'd', shape: [1], data: Float64Array.of(1) },
    ]);
    const { tensors: found } = await openSafetensors(bytesSource('w', bytes));
    expect([...found.keys()]).toEqual(['d', 'b', 'c', 'a']);
    expect([...found.values()].map(({ begin }) => begin % 8)).toEqual([0, 0, 4, 0]);
  });

  it('writes these bytes', () => {
    const bytes = safetensorsBytes(
      [{ name: 'x', shape: [1], data: Float32Array.of(1) }],
      new Map([
        ['b', '2'],
        ['a', '1'],
      ]),
    );
    const header = '{"__metadata__":{"a":"1","b":"2"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(88);
    expect(new TextDecoder().decode(bytes.subarray(8, 96))).toBe(header);
    expect([...bytes.subarray(0, 8), ...bytes.subarray(96)]).toEqual([88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f]);
    expect(new TextDecoder().decode(safetensorsBytes([]).subarray(8))).toBe('{}      ');
  });

  it('refuses names that are taken, a name that no reader takes, and text that UTF-8 cannot write', () => {
    const one = { shape: [1], data: Float32Array.of(1) };
    const write =
      (...names: string[]) =>
      () =>
        safetensorsBytes(names.map((name) => ({ name, ...one })));
    const taken = (name: string) => new RangeError(`name expected free, got ${name}, which is taken`);
    expect(write('a', 'b', 'a')).toThrow(taken('"a"'));
    expect(write('__metadata__')).toThrow(taken('"__metadata__"'));
    expect(write('a', '__proto__')).toThrow(
      new RangeError('name expected another, got "__proto__", which changes objects'),
    );
    const half = new RangeError('text expected surrogates in pairs, got "\\ud83d"');
    expect(write('\ud83d')).toThrow(half);
    expect(() => safetensorsBytes([], new Map([['\ud83d', '']]))).toThrow(half);
    expect(() => safetensorsBytes([], new Map([['', '\ud83d']]))).toThrow(half);
  });

  it('refuses data that does not fit its shape', () => {
    const write = (dims: number[], data: WritableTensor['data']) => () =>
      safetensorsBytes([{ name: 'w', shape: dims, data }]);
    expect(write([2, 3], new Float32Array(5))).toThrow(new RangeError('"w" expected 24 bytes ([2, 3] of F32), got 20'));
    expect(write([], new Float64Array(0))).toThrow(new RangeError('"w" expected 8 bytes ([] of F64), got 0'));
    expect(write([1], { dtype: 'F16', bytes: new Uint8Array(3) })).toThrow(
      new RangeError('"w" expected 2 bytes ([1] of F16), got 3'),
    );
    expect(write([-1], new Float32Array(0))).toThrow(new RangeError('"w, shape" expected an integer ≥ 0, got -1'));
  });
});
