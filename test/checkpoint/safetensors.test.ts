import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import type { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { rawBytes, rawFile, rawSource } from './raw-safetensors.ts';
import { expectRefusal } from './refusal.ts';

interface Place {
  readonly tensor?: string;
  readonly data?: Uint8Array | number;
  readonly length?: bigint;
}

/** The file of this header, and `data` bytes behind it, is refused with this text. */
async function refused(header: string | Uint8Array, message: string, place: Place = {}): Promise<CheckpointError> {
  const { tensor, data, length } = place;
  return expectRefusal(() => openSafetensors(rawSource(header, data, length)), {
    file: rawFile,
    message,
    ...(tensor === undefined ? {} : { tensor }),
  });
}

/** One entry of a header: U8 bytes at these offsets. */
function bytesAt(name: string, begin: number, end: number): string {
  return `"${name}":{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]}`;
}

describe('openSafetensors, on whole files', () => {
  it('reads the example of every part: metadata, several tensors, an empty one, a scalar', async () => {
    const header = `{"b":{"dtype":"F32","shape":[],"data_offsets":[6,10]},"__metadata__":{"k":"v","":""},
      "a":{"data_offsets":[0,6],"shape":[3,1],"dtype":"BF16"},"e":{"dtype":"I64","shape":[4,0],"data_offsets":[6,6]}}  `;
    const source = rawSource(header, 10);
    const file = await openSafetensors(source);
    const dataStart = 8 + header.length;
    expect([file.name, file.dialect]).toEqual([rawFile, 'pytorch']);
    expect(file.source).toBe(source);
    for (const tensor of file.tensors.values()) expect(tensor.source).toBe(source);
    expect([...file.metadata]).toEqual([
      ['k', 'v'],
      ['', ''],
    ]);
    const infos = Array.from(file.tensors, ([name, { source: _, ...info }]) => [name, info]);
    expect(infos).toEqual([
      ['a', { name: 'a', dtype: 'BF16', shape: [3, 1], begin: dataStart, end: dataStart + 6 }],
      ['e', { name: 'e', dtype: 'I64', shape: [4, 0], begin: dataStart + 6, end: dataStart + 6 }],
      ['b', { name: 'b', dtype: 'F32', shape: [], begin: dataStart + 6, end: dataStart + 10 }],
    ]);
  });

  it('reads a file without tensors, with and without metadata', async () => {
    const bare = await openSafetensors(rawSource('{}'));
    expect([bare.tensors.size, bare.metadata.size]).toEqual([0, 0]);
    const noted = await openSafetensors(rawSource('{"__metadata__":{}}'));
    expect([noted.tensors.size, noted.metadata.size]).toEqual([0, 0]);
  });

  it('keeps names of objects’ own machinery as plain names', async () => {
    const header = `{${bytesAt('toString', 0, 1)},${bytesAt('constructor', 1, 2)},"__metadata__":{"__proto__":"x"}}`;
    const { tensors, metadata } = await openSafetensors(rawSource(header, 2));
    expect([...tensors.keys()]).toEqual(['toString', 'constructor']);
    expect([...metadata]).toEqual([['__proto__', 'x']]);
  });

  it('refuses a tensor named __proto__, which no object could hold', async () => {
    const message = 'expected another name, got one that changes objects';
    const source = rawSource(`{${bytesAt('__proto__', 0, 1)}}`, 1);
    await expectRefusal(() => openSafetensors(source), { file: rawFile, tensor: '__proto__', message });
  });

  it('allows white space of JSON after the header', async () => {
    const file = await openSafetensors(rawSource('{} \n\t\r'));
    expect(file.tensors.size).toBe(0);
  });
});

describe('openSafetensors, on the length of the header', () => {
  it('refuses files of less than 8 bytes', async () => {
    for (const size of [0, 7]) {
      const message = `expected at least 8 bytes, got a file of ${size}`;
      const source = bytesSource(rawFile, new Uint8Array(size));
      await expectRefusal(() => openSafetensors(source), { file: rawFile, message });
    }
    await refused('', 'expected a header that begins with "{", got an empty header');
  });

  it('refuses a length beyond the end of the file, by one byte too', async () => {
    const message = (length: number) => `expected a header of ${length} bytes, got 4; the file is cut short`;
    await refused('{}  ', message(5), { length: 5n });
    await refused('{}  ', message(100_000_000), { length: 100_000_000n });
  });

  it('refuses a length above 100 MB, also one that float64 could not hold', async () => {
    for (const length of [100_000_001n, 2n ** 63n + 2n, 2n ** 64n - 1n]) {
      const got = `${length}; is this a safetensors file?`;
      await refused('{}', `expected a header of at most 100000000 bytes, got ${got}`, { length });
    }
  });

  it('takes a header of exactly 100 MB, and the length in little-endian order', async () => {
    const reads: number[][] = [];
    const source: ByteSource = {
      name: rawFile,
      size: 2 ** 40,
      async read(offset, length) {
        reads.push([offset, length]);
        return offset === 0 ? Uint8Array.of(0x00, 0xe1, 0xf5, 0x05, 0, 0, 0, 0) : new Uint8Array(1);
      },
    };
    await expect(openSafetensors(source)).rejects.toThrow('got the byte 0');
    expect(reads).toEqual([
      [0, 8],
      [8, 100_000_000],
    ]);
  });

  it('finds the length in a view that begins inside a buffer', async () => {
    const room = new Uint8Array(100).fill(0xff);
    const bytes = rawBytes('{}');
    room.set(bytes, 3);
    const file = await openSafetensors(bytesSource('view', room.subarray(3, 3 + bytes.length)));
    expect(file.tensors.size).toBe(0);
  });
});

describe('openSafetensors, on the text of the header', () => {
  it('refuses a header that does not begin with "{"', async () => {
    await refused(' {}', 'expected a header that begins with "{", got the byte 32');
    await refused('[]', 'expected a header that begins with "{", got the byte 91');
    await refused('\ufeff{}', 'expected a header that begins with "{", got the byte 239');
  });

  it('refuses bytes that are not UTF-8, with the cause', async () => {
    const header = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d);
    const error = await refused(header, 'expected a header in UTF-8, got bytes that are not');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('refuses what is not JSON, and numbers that are no integers', async () => {
    await refused('{"a"}', 'JSON, line 1, column 5: expected ":", got "}"');
    await refused('{}x', 'JSON, line 1, column 3: expected the end of the text, got "x"');
    const fraction = 'JSON, line 1, column 30: expected an integer without fraction or exponent, got 1.0';
    await refused('{"a":{"dtype":"U8", "shape":[1.0],"data_offsets":[0,1]}}', fraction, { data: 1 });
  });

  it('refuses keys that stand twice: tensors, fields, metadata', async () => {
    const twice = (column: number, key: string) =>
      `JSON, line 1, column ${column}: expected different keys, got "${key}" twice`;
    await refused(`{${bytesAt('a', 0, 1)},${bytesAt('a', 1, 2)}}`, twice(54, 'a'), { data: 2 });
    await refused('{"a":{"dtype":"U8","dtype":"U8"}}', twice(20, 'dtype'));
    await refused('{"__metadata__":{"k":"","k":""}}', twice(25, 'k'));
    await refused('{"__metadata__":{},"__metadata__":{}}', twice(20, '__metadata__'));
  });

  it('refuses metadata other than strings by name', async () => {
    const object = (got: string) => `"__metadata__" expected an object of strings, got ${got}`;
    await refused('{"__metadata__":null}', object('null'));
    await refused('{"__metadata__":[]}', object('[]'));
    await refused('{"__metadata__":"x"}', object('"x"'));
    await refused('{"__metadata__":{"k":1}}', '"__metadata__", "k" expected a string, got 1');
    await refused('{"__metadata__":{"k":{}}}', '"__metadata__", "k" expected a string, got an object');
  });

  it('names the tensor whose entry is wrong', async () => {
    const message = 'expected an object of dtype, shape, data_offsets, got 1';
    await refused(`{${bytesAt('a', 0, 1)},"w":1}`, message, { tensor: 'w', data: 1 });
  });
});

describe('openSafetensors, on the layout of the data', () => {
  it('takes tensors in any order of the header as long as they tile the data', async () => {
    const header = `{${bytesAt('c', 3, 6)},${bytesAt('z', 3, 3)},${bytesAt('a', 0, 1)},${bytesAt('b', 1, 3)}}`;
    const { tensors } = await openSafetensors(rawSource(header, 6));
    expect([...tensors.keys()]).toEqual(['a', 'b', 'z', 'c']);
  });

  it('refuses a hole, between tensors or before the first', async () => {
    const hole = (expected: number, got: number) => `expected its data at offset ${expected}, got ${got}: a hole`;
    await refused(`{${bytesAt('a', 0, 2)},${bytesAt('b', 3, 4)}}`, hole(2, 3), { tensor: 'b', data: 4 });
    await refused(`{${bytesAt('a', 1, 2)}}`, hole(0, 1), { tensor: 'a', data: 2 });
    await refused(`{${bytesAt('a', 1, 1)}}`, hole(0, 1), { tensor: 'a', data: 0 });
  });

  it('refuses an overlap, of one byte too', async () => {
    const overlap = (expected: number, got: number) =>
      `expected its data at offset ${expected}, got ${got}: an overlap`;
    await refused(`{${bytesAt('a', 0, 2)},${bytesAt('b', 1, 3)}}`, overlap(2, 1), { tensor: 'b', data: 3 });
    await refused(`{${bytesAt('a', 0, 2)},${bytesAt('b', 0, 2)}}`, overlap(2, 0), { tensor: 'b', data: 2 });
    await refused(`{${bytesAt('a', 0, 9)},${bytesAt('b', 1, 2)}}`, overlap(9, 1), { tensor: 'b', data: 9 });
  });

  it('refuses a file cut short or too long, by one byte too', async () => {
    const header = `{${bytesAt('a', 0, 2)},${bytesAt('b', 2, 4)}}`;
    const total = 8 + header.length + 4;
    for (const data of [0, 3, 5, 99]) {
      const what = data < 4 ? 'cut short' : 'too long';
      await refused(header, `expected ${total} bytes in all, got ${total - 4 + data}; the file is ${what}`, { data });
    }
    await refused('{}', 'expected 10 bytes in all, got 11; the file is too long', { data: 1 });
  });
});
