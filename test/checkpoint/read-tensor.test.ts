import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { dtypeBytes } from '../../src/checkpoint/dtype.ts';
import { float16ToNumber } from '../../src/checkpoint/half.ts';
import { elementCount, findTensor, readFloatsInto, readTensor } from '../../src/checkpoint/read-tensor.ts';
import type { Safetensors } from '../../src/checkpoint/safetensors.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import { expectIdentical } from '../compare.ts';
import { rawFile, rawSource } from './raw-safetensors.ts';
import { expectRefusal } from './refusal.ts';

function fileOf(tensors: readonly WritableTensor[]): Promise<Safetensors> {
  return openSafetensors(bytesSource('t', safetensorsBytes(tensors)));
}

describe('readTensor', () => {
  it('gives each format in the narrowest array that holds it', async () => {
    const file = await fileOf([
      { name: 'f64', shape: [2], data: Float64Array.of(0.1, -0) },
      { name: 'f32', shape: [2], data: Float32Array.of(1.5, Number.NaN) },
      { name: 'f16', shape: [1], data: { dtype: 'F16', bytes: Uint8Array.of(0x00, 0xc0) } },
      { name: 'bf16', shape: [1], data: { dtype: 'BF16', bytes: Uint8Array.of(0x80, 0x3f) } },
      { name: 'i64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 7n) },
    ]);
    expect(await readTensor(file, 'f64')).toEqual(Float64Array.of(0.1, -0));
    expect(await readTensor(file, 'f32')).toEqual(Float32Array.of(1.5, Number.NaN));
    expect(await readTensor(file, 'f16')).toEqual(Float32Array.of(-2));
    expect(await readTensor(file, 'bf16')).toEqual(Float32Array.of(1));
    expect(await readTensor(file, 'i64')).toEqual(BigInt64Array.of(-(2n ** 63n), 7n));
  });

  it('reads data at any alignment', async () => {
    for (const length of [2, 3, 4, 5, 6, 7, 8, 9]) {
      const header = '{"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}'.padEnd(60 + length);
      const data = new Uint8Array(Float64Array.of(0.1).buffer);
      expect(await readTensor(await openSafetensors(rawSource(header, data)), 'w')).toEqual(Float64Array.of(0.1));
    }
  });

  it('refuses a name that the file does not have, Object’s own names too', async () => {
    const file = await fileOf([]);
    for (const tensor of ['w', 'constructor', '']) {
      await expectRefusal(() => readTensor(file, tensor), {
        file: 't',
        tensor,
        message: 'expected in the file, got no such tensor',
      });
    }
  });

  it('refuses formats that are no floats and not I64', async () => {
    for (const dtype of ['I32', 'U8', 'BOOL', 'F8_E4M3', 'C64'] as const) {
      const file = await fileOf([{ name: 'w', shape: [1], data: { dtype, bytes: new Uint8Array(dtypeBytes[dtype]) } }]);
      const message = `expected dtype F64, F32, F16 or BF16, got ${dtype}`;
      await expectRefusal(() => readTensor(file, 'w'), { file: 't', tensor: 'w', message });
    }
  });
});

describe('readFloatsInto', () => {
  it('reads tensors around the size of a piece (1 MiB) without a seam, whatever the format', async () => {
    const piece = 2 ** 20;
    for (const count of [piece / 2 - 1, piece / 2, piece / 2 + 1, piece + 3]) {
      const bits = Uint16Array.from({ length: count }, (_, i) => i % 0x7c00);
      const header = `{"w":{"dtype":"F16","shape":[${count}],"data_offsets":[0,${2 * count}]}}`;
      const file = await openSafetensors(rawSource(header, new Uint8Array(bits.buffer)));
      const out = new Float64Array(count);
      await readFloatsInto(out, file, 'w');
      expect(out.every((value, i) => value === float16ToNumber(bits[i]!))).toBe(true);
    }
  });

  it('never asks for more than a piece, nor for a byte outside the tensor, nor for none', async () => {
    const piece = 2 ** 20;
    for (const size of [2 * piece + 8, 2 * piece, piece, 8, 0]) {
      const header = `{"w":{"dtype":"F64","shape":[${size / 8}],"data_offsets":[0,${size}]},
        "v":{"dtype":"U8","shape":[8],"data_offsets":[${size},${size + 8}]}}`;
      const source = rawSource(header, size + 8);
      const reads: number[][] = [];
      const read = (offset: number, length: number) => {
        reads.push([offset - 8 - header.length, length]);
        return source.read(offset, length);
      };
      await readTensor(await openSafetensors({ ...source, read }), 'w');
      const expected: number[][] = [];
      for (let at = 0; at < size; at += piece) expected.push([at, Math.min(piece, size - at)]);
      expect(reads.slice(2)).toEqual(expected); // the first two were for the header
    }
  });

  it('rounds F64 to float32 when asked for float32, and writes nothing beside a view', async () => {
    const values = fc.array(fc.double(), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(values, async (list) => {
        const file = await fileOf([{ name: 'w', shape: [list.length], data: Float64Array.from(list) }]);
        const memory = new Float32Array(list.length + 2).fill(77);
        await readFloatsInto(memory.subarray(1, 1 + list.length), file, 'w');
        expectIdentical(memory, [77, ...list.map(Math.fround), 77]);
      }),
    );
  });

  it('refuses an array of another length', async () => {
    const file = await fileOf([{ name: 'w', shape: [2], data: Float32Array.of(1, 2) }]);
    for (const length of [1, 3]) {
      const reading = readFloatsInto(new Float32Array(length), file, 'w');
      await expect(reading).rejects.toThrow(new RangeError(`"out" expected length 2, got ${length}`));
    }
  });

  it('refuses integers', async () => {
    const file = await openSafetensors(rawSource('{"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8));
    const message = 'expected dtype F64, F32, F16 or BF16, got I64';
    await expectRefusal(() => readFloatsInto(new Float64Array(1), file, 'w'), { file: rawFile, tensor: 'w', message });
  });
});

describe('elementCount', () => {
  it('is the product of the shape', async () => {
    const file = await fileOf([{ name: 'w', shape: [3, 2], data: new Float32Array(6) }]);
    expect(elementCount(findTensor(file, 'w'))).toBe(6);
  });
});
