import { describe, expect, it } from 'vitest';
import { dtypeBytes } from '../../src/checkpoint/dtype.ts';
import { parseJson } from '../../src/checkpoint/strict-json.ts';
import type { TensorInfo } from '../../src/checkpoint/tensor-info.ts';
import { parseTensorInfo } from '../../src/checkpoint/tensor-info.ts';
import { expectRefusal } from './refusal.ts';

const place = { file: 'f', tensor: 'w' };

function parse(entry: string, dataStart = 0): TensorInfo {
  return parseTensorInfo(place, parseJson(entry, 'f'), dataStart);
}

async function refused(entry: string, message: string): Promise<void> {
  await expectRefusal(() => parse(entry), { ...place, message });
}

function entry(dtype: string, shape: string, offsets: string): string {
  return `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
}

describe('parseTensorInfo', () => {
  it('counts bytes from the start of the file', () => {
    const info = parse(entry('"F16"', '[2,3]', '[4,16]'), 100);
    expect(info).toEqual({ name: 'w', dtype: 'F16', shape: [2, 3], begin: 104, end: 116 });
  });

  it('takes every dtype of the table with its size, and nothing beside', async () => {
    for (const [dtype, bytes] of Object.entries(dtypeBytes)) {
      expect(parse(entry(`"${dtype}"`, '[3]', `[0,${3 * bytes}]`)).dtype).toBe(dtype);
    }
    const known = 'F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64, F8_E4M3, F8_E5M2, F8_E8M0';
    for (const dtype of ['"f32"', '"F4"', '"__proto__"', '32', 'null', '["F32"]']) {
      await refused(entry(dtype, '[1]', '[0,1]'), `"dtype" expected one of ${known}, got ${dtype}`);
    }
    await refused('{"shape":[1],"data_offsets":[0,1]}', `"dtype" expected one of ${known}, got nothing`);
  });

  it('takes scalars (one element), zero sizes (none) and many dims', () => {
    expect(parse(entry('"F32"', '[]', '[0,4]')).shape).toEqual([]);
    expect(parse(entry('"F32"', '[5,0,3]', '[8,8]')).end).toBe(8);
    expect(parse(entry('"U8"', '[1,2,1,3,1]', '[0,6]')).shape).toEqual([1, 2, 1, 3, 1]);
  });

  it('refuses a shape that is no list of integers ≥ 0', async () => {
    const wrong = ['3', 'null', '"[3]"', '{}', '[-1]', '[-0]', '[1,"2"]', '[null]', '[[1]]', '[9007199254740992]'];
    for (const shape of wrong) {
      const got = shape === '{}' ? 'an object' : shape === '"[3]"' ? '"[3]"' : shape.replace(',', ', ');
      await refused(entry('"U8"', shape, '[0,1]'), `"shape" expected a list of integers ≥ 0, got ${got}`);
    }
    const missing = '{"dtype":"U8","data_offsets":[0,1]}';
    await refused(missing, '"shape" expected a list of integers ≥ 0, got nothing');
  });

  it('refuses offsets other than two integers in order', async () => {
    const message = (got: string) => `"data_offsets" expected two integers, 0 ≤ begin ≤ end, got ${got}`;
    const wrong = [
      '1',
      '[]',
      '[0]',
      '[0, 1, 1]',
      '[1, 0]',
      '[-1, 0]',
      '[0, -0]',
      '[0, "1"]',
      '[null, 1]',
      '[0, 9007199254740992]',
    ];
    for (const offsets of wrong) await refused(entry('"U8"', '[1]', offsets), message(offsets));
    await refused('{"dtype":"U8","shape":[1]}', message('nothing'));
  });

  it('refuses a range of one byte more or less than dtype and shape need', async () => {
    for (const end of [21, 23, 45, 47]) {
      const message = `expected 24 bytes, [2, 3] of F32, got ${end - 1} (1 to ${end})`;
      await refused(entry('"F32"', '[2,3]', `[1,${end}]`), message);
    }
    expect(parse(entry('"F32"', '[2,3]', '[1,25]')).begin).toBe(1);
  });

  it('refuses sizes whose product is 2^53 or more, even when a later size is 0', async () => {
    const message = (shape: string, dtype: string) =>
      `"shape" expected less than 2^53 bytes in all, got ${shape} of ${dtype}`;
    const half = String(2 ** 52);
    await refused(entry('"U8"', `[${half},2]`, '[0,1]'), message(`[${half}, 2]`, 'U8'));
    await refused(entry('"F64"', `[${2 ** 50}]`, '[0,1]'), message(`[${2 ** 50}]`, 'F64'));
    await refused(entry('"U8"', `[${half},${half},0]`, '[0,0]'), message(`[${half}, ${half}, 0]`, 'U8'));
    const most = Number.MAX_SAFE_INTEGER;
    expect(parse(entry('"U8"', `[${most}]`, `[0,${most}]`)).shape).toEqual([most]);
    expect(parse(entry('"F64"', `[${half},0]`.replace(half, String(2 ** 49)), '[0,0]')).end).toBe(0);
  });

  it('refuses entries that are no object, and fields of no known meaning', async () => {
    for (const value of ['1', '"x"', 'null', '[1, 2]']) {
      await refused(value, `expected an object of dtype, shape, data_offsets, got ${value}`);
    }
    const extra = '{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}';
    await refused(extra, 'expected the fields dtype, shape, data_offsets, got "strides"');
  });
});
