import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import { openTorchFile } from '../../src/checkpoint/torch-file.ts';
import { f32, utf8 } from './bytes.ts';
import { op, pickle } from './pickle-assembler.ts';
import { expectRefusal } from './refusal.ts';
import type { TorchParts } from './torch-writer.ts';
import { statePickle, torchBytes } from './torch-writer.ts';
import type { ZipEntryParts } from './zip-writer.ts';
import { zipBytes } from './zip-writer.ts';

const w: TorchParts = { name: 'w', shape: [2, 3], data: f32(1, 2, 3, 4, 5, 6) };
const open = (bytes: Uint8Array) => openTorchFile(bytesSource('m.bin', bytes));
const refused = (entries: readonly ZipEntryParts[], message: string) =>
  expectRefusal(() => open(zipBytes(entries)), { file: 'm.bin', message });

/**
 * The pickle of an OrderedDict with _metadata and five tensors, written by CPython 3.11's own pickler with classes of
 * torch's names: w and tied (2, 3) of storage 0, b (2) from element 1 of storage 1, c (2, 1, 3), a scalar s.
 */
const cpython: Readonly<Record<number, string>> = {
  2: [
    'gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgBAAAAd3ECY3RvcmNoLl91dGlscwpfcmVidWlsZF90ZW5zb3JfdjIK',
    'cQMoKFgHAAAAc3RvcmFnZXEEY3RvcmNoCkZsb2F0U3RvcmFnZQpxBVgBAAAAMHEGWAMAAABjcHVxB0sGdHEIUUsASwJLA4ZxCUsD',
    'SwGGcQqJaAApUnELdHEMUnENWAQAAAB0aWVkcQ5oAygoaARoBWgGaAdLBnRxD1FLAGgJaAqJaAApUnEQdHERUnESWAEAAABicRNo',
    'AygoaARjdG9yY2gKQkZsb2F0MTZTdG9yYWdlCnEUWAEAAAAxcRVoB0sDdHEWUUsBSwKFcRdLAYVxGIloAClScRl0cRpScRtYAQAA',
    'AGNxHGgDKChoBGgFaAZoB0sGdHEdUUsASwJLAUsDh3EeSwNLY0sBh3EfiWgAKVJxIHRxIVJxIlgBAAAAc3EjaAMoKGgEaBRoFWgH',
    'SwN0cSRRSwApKYloAClScSV0cSZScSd1fXEoWAkAAABfbWV0YWRhdGFxKWgAKVJxKihYAAAAAHErfXEsWAcAAAB2ZXJzaW9ucS1L',
    'AXNYAQAAAGFxLn1xL2gtSwFzdXNiLg==',
  ].join(''),
  4: [
    'gASViQEAAAAAAACMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpQojAF3lIwMdG9yY2guX3V0aWxzlIwSX3JlYnVpbGRf',
    'dGVuc29yX3YylJOUKCiMB3N0b3JhZ2WUjAV0b3JjaJSMDEZsb2F0U3RvcmFnZZSTlIwBMJSMA2NwdZRLBnSUUUsASwJLA4aUSwNL',
    'AYaUiWgCKVKUdJRSlIwEdGllZJRoBygoaAhoC2gMaA1LBnSUUUsAaA9oEIloAilSlHSUUpSMAWKUaAcoKGgIaAmMD0JGbG9hdDE2',
    'U3RvcmFnZZSTlIwBMZRoDUsDdJRRSwFLAoWUSwGFlIloAilSlHSUUpSMAWOUaAcoKGgIaAtoDGgNSwZ0lFFLAEsCSwFLA4eUSwNL',
    'Y0sBh5SJaAIpUpR0lFKUjAFzlGgHKChoCGgbaBxoDUsDdJRRSwApKYloAilSlHSUUpR1fZSMCV9tZXRhZGF0YZRoAilSlCiMAJR9',
    'lIwHdmVyc2lvbpRLAXOMAWGUfZRoNEsBc3VzYi4=',
  ].join(''),
};

describe('openTorchFile', () => {
  it.each(Object.entries(cpython))('reads what CPython pickles, protocol %s', async (_, base64) => {
    const file = await open(
      zipBytes([
        { name: 'm/data.pkl', data: Buffer.from(base64, 'base64') },
        { name: 'm/data/0', data: f32(1, 2, 3, 4, 5, 6) },
        { name: 'm/data/1', data: Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0x40) },
        { name: 'm/version', data: utf8('3\n') },
      ]),
    );
    const read = await Promise.all(
      Array.from(file.tensors.values(), async ({ name, dtype, shape }) => [
        name,
        dtype,
        shape,
        Array.from((await readTensor(file, name)) as Float32Array),
      ]),
    );
    expect(read).toEqual([
      ['w', 'F32', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['tied', 'F32', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['b', 'BF16', [2], [1, 2]],
      ['c', 'F32', [2, 1, 3], [1, 2, 3, 4, 5, 6]],
      ['s', 'BF16', [], [0]],
    ]);
  });

  it('reads archives in 32 and 64 bits, of any alignment, with a comment', async () => {
    for (const zip64 of [false, true]) {
      for (const writing of [{}, { alignment: 1 }, { alignment: 4096 }, { comment: 'PK\u0005\u0006 and on' }]) {
        const file = await open(torchBytes([w], { zip64, ...writing }));
        expect(await readTensor(file, 'w')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
      }
    }
    const { begin } = (await open(torchBytes([w]))).tensors.get('w')!;
    expect(begin % 64).toBe(0);
  });

  it('reads every type of storage, and tensors of 70,000 numbers with more than 256 memos', async () => {
    const many = Array.from({ length: 60 }, (_, i): TorchParts => ({ name: `t${i}`, shape: [1], data: f32(i) }));
    const storages = { Half: 2, BFloat16: 2, Double: 8, Long: 8, Float: 4 } as const;
    const typed = Object.entries(storages).map(([storage, size]): TorchParts => {
      return { name: storage, shape: [70_000], data: new Uint8Array(70_000 * size), storage: storage as 'Half' };
    });
    const file = await open(torchBytes([...many, ...typed]));
    expect(await readTensor(file, 't59')).toEqual(Float32Array.of(59));
    const dtypes = Object.keys(storages).map((name) => file.tensors.get(name)!.dtype);
    expect(dtypes).toEqual(['F16', 'BF16', 'F64', 'I64', 'F32']);
  });

  it('refuses archives that torch.save does not write, in one line', async () => {
    const data = statePickle([]);
    await refused([], 'expected one data.pkl in the archive, as torch.save writes it, got none');
    await refused(
      [
        { name: 'a/data.pkl', data },
        { name: 'b/data.pkl', data },
      ],
      'expected one data.pkl in the archive, as torch.save writes it, got several',
    );
    await refused(
      [
        { name: 'a/data.pkl', data },
        { name: 'a/byteorder', data: utf8('big') },
      ],
      'expected byteorder "little", got "big"',
    );
    const nothing = 'expected a pickle of protocol 2, 3, 4 or 5, got none of those';
    await refused([{ name: 'a/data.pkl', data: utf8('hello') }], nothing);
    await refused([{ name: 'a/data.pkl', data: pickle(op.none) }], 'expected a dictionary of tensors, got None');
    const large = new Uint8Array(2 ** 24 + 1);
    await refused([{ name: 'a/data.pkl', data: large }], 'expected data.pkl of at most 16777216 bytes, got 16777217');
  });

  it('refuses a ZIP that is compressed, encrypted, ambiguous or damaged', async () => {
    const whole = 'expected a whole ZIP archive, got one whose directory ';
    const entry = { name: 'a', data: f32(1, 2) };
    await refused([{ ...entry, method: 8 }], `${whole}has "a" compressed (method 8), stored ones are supported`);
    await refused([{ ...entry, flags: 1 }], `${whole}has "a" with flags 1, encrypted maybe`);
    await refused([{ ...entry, unpacked: 9 }], `${whole}has "a" of 8 bytes that should be 9`);
    await refused([entry, entry], `${whole}has "a" twice`);
    const pickleFirst = zipBytes([{ name: 'a/data.pkl', data: statePickle([]) }]).fill(0, 0, 1);
    await expectRefusal(() => open(pickleFirst), {
      file: 'm.bin',
      message: `${whole}has "a/data.pkl" at 0, where no entry begins`,
    });
  });

  it('refuses a file cut short, at every byte, and one of PyTorch before 1.6', async () => {
    const bytes = torchBytes([w]);
    for (let size = 0; size < bytes.length; size++)
      await expect(open(bytes.subarray(0, size))).rejects.toThrow(/^m\.bin: /);
    const got = 'no end of an archive; the file is cut short, or of PyTorch before 1.6';
    const old = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
    await expectRefusal(() => open(old), { file: 'm.bin', message: `expected a ZIP archive, got ${got}` });
  });
});
