import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { ggufConfig } from '../../src/checkpoint/config-gguf.ts';
import { openGguf } from '../../src/checkpoint/gguf.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import { f32, joined, u32, u64, utf8 } from './bytes.ts';
import type { GgufTensorParts } from './gguf-writer.ts';
import { ggufBytes, ggufText, ggufValue } from './gguf-writer.ts';
import { asGguf, ggufMetadata, modelTensors, smallModel } from './model-formats.ts';
import { expectRefusal } from './refusal.ts';

const w: GgufTensorParts = { name: 'w', shape: [2, 3], type: 0, data: f32(1, 2, 3, 4, 5, 6) };
const open = (bytes: Uint8Array) => openGguf(bytesSource('g', bytes));

async function refused(bytes: Uint8Array, message: string, tensor?: string): Promise<void> {
  await expectRefusal(() => open(bytes), { file: 'g', message, ...(tensor === undefined ? {} : { tensor }) });
}

describe('openGguf', () => {
  it('reads metadata of every type, lists left out, and tensors of every type, their sizes the other way round', async () => {
    const metadata = [
      ['u8', joined([u32(0), [200]])],
      ['i8', joined([u32(1), [200]])],
      ['u16', joined([u32(2), [1, 2]])],
      ['i16', joined([u32(3), [0xff, 0xff]])],
      ['i32', joined([u32(5), u32(0xffffffff)])],
      ['f32', ggufValue.f32(0.5)],
      ['bool', ggufValue.bool(true)],
      ['text', ggufValue.text('ä')],
      ['u64', joined([u32(10), u64(7)])],
      ['i64', joined([u32(11), u64(2n ** 64n - 1n)])],
      ['f64', joined([u32(12), new Uint8Array(Float64Array.of(0.1).buffer)])],
      ['texts', ggufValue.texts(['a', ''])],
      ['lists', joined([u32(9), u32(9), u64(2), u32(8), u64(1), ggufText('x'), u32(0), u64(3), [1, 2, 3]])],
    ] as const;
    const file = await open(
      ggufBytes(metadata, [
        { name: 'half', shape: [1], type: 1, data: Uint8Array.of(0, 0x3c) },
        { name: 'bf16', shape: [2], type: 30, data: Uint8Array.of(0x80, 0x3f, 0, 0x40) },
        w,
        { name: 'scalar', shape: [], type: 0, data: f32(7) },
      ]),
    );
    expect(Object.fromEntries(file.metadata)).toEqual({
      ...{ u8: 200, i8: -56, u16: 513, i16: -1, i32: -1, f32: 0.5, bool: true, text: 'ä', u64: 7, i64: -1, f64: 0.1 },
    });
    expect(Array.from(file.tensors.values(), ({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      ['half', [1], 'F16'],
      ['bf16', [2], 'BF16'],
      ['w', [2, 3], 'F32'],
      ['scalar', [], 'F32'],
    ]);
    expect(await readTensor(file, 'w')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(await readTensor(file, 'bf16')).toEqual(Float32Array.of(1, 2));
    expect(await readTensor(file, 'half')).toEqual(Float32Array.of(1));
    expect(await readTensor(file, 'scalar')).toEqual(Float32Array.of(7));
  });

  it('takes version 2, and any alignment that is a power of two', async () => {
    const alignment = [['general.alignment', ggufValue.u32(64)]] as const;
    const file = await open(ggufBytes(alignment, [w, { ...w, name: 'v' }], { version: 2, alignment: 64 }));
    expect(await readTensor(file, 'v')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const odd = [['general.alignment', ggufValue.u32(48)]] as const;
    await refused(ggufBytes(odd, []), '"general.alignment" expected a power of two up to 65536, got 48');
    const text = [['general.alignment', ggufValue.text('a\nb')]] as const;
    await refused(ggufBytes(text, []), '"general.alignment" expected a power of two up to 65536, got "a\\nb"');
  });

  it('reads on where the vocabulary is longer than a megabyte', async () => {
    const long = ggufValue.texts(Array.from({ length: 50 }, (_, i) => String(i).repeat(30_000)));
    const bytes = ggufBytes([['tokens', long]], [w]);
    let asked = 0;
    const source: ByteSource = {
      ...bytesSource('g', bytes),
      read: (offset, length) => {
        asked += length;
        return bytesSource('g', bytes).read(offset, length);
      },
    };
    expect(await readTensor(await openGguf(source), 'w')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(asked).toBeLessThan(2 * bytes.length);
  });

  it('refuses a file cut short, at every byte', async () => {
    const bytes = ggufBytes([['k', ggufValue.text('v')]], [w]);
    for (let size = 0; size < bytes.length - 8; size++) {
      await expect(open(bytes.subarray(0, size))).rejects.toThrow(/^g: .*cut short$/);
    }
  });

  it('refuses other files and versions, and claims beyond the file', async () => {
    await refused(utf8('ggml, long enough'), 'expected a file that begins with "GGUF", got another');
    await refused(ggufBytes([], [], { version: 1 }), 'expected GGUF of version 2 or 3, got version 1');
    await refused(ggufBytes([], [], { version: 0x03000000 }), 'expected GGUF of version 2 or 3, got a big-endian file');
    const cut = 'expected its list of tensors to go on, got the end; the file is cut short';
    await refused(ggufBytes([], [], { tensors: 2n ** 64n - 1n }), cut);
    await refused(ggufBytes([], [], { pairs: 2n ** 60n }), cut);
    await refused(ggufBytes([['k', joined([u32(9), u32(0), u64(2n ** 63n)])]], []), cut);
    const deep = joined(Array.from({ length: 6 }, () => joined([u32(9), u64(1)])));
    await refused(
      ggufBytes([['k', joined([u32(9), deep])]], []),
      'metadata "k" expected at most 4 lists in each other, got more',
    );
    await refused(ggufBytes([['k', u32(13)]], []), 'metadata "k" expected a type from 0 to 12, got 13');
    const twice = [0, 1].map(() => ['k', ggufValue.u32(1)] as const);
    await refused(ggufBytes(twice, []), 'metadata expected different keys, got "k" twice');
  });

  it('refuses impossible tensors by name', async () => {
    const type = (code: number) => ggufBytes([], [{ ...w, type: code }]);
    await refused(type(12), 'expected F32, F16, BF16 or Q8_0, got Q4_K (type 12)', 'w');
    await refused(type(99), 'expected F32, F16, BF16 or Q8_0, got another (type 99)', 'w');
    await refused(type(8), 'expected rows of whole blocks of 32, got shape [2, 3]', 'w');
    await refused(ggufBytes([], [w, w]), 'expected once, got it twice', 'w');
    await refused(ggufBytes([], [{ ...w, offset: 32 }]), 'expected its data at offset 0, got 32', 'w');
    await refused(ggufBytes([], [w, { ...w, name: 'v', offset: 0 }]), 'expected its data at offset 32, got 0', 'v');
    const large = { ...w, shape: [2 ** 40, 2 ** 40] };
    await refused(
      ggufBytes([], [large]),
      'expected less than 2^53 bytes, got shape [1099511627776, 1099511627776] of F32',
      'w',
    );
    await refused(ggufBytes([], [{ ...w, shape: [1, 1, 1, 1, 6] }]), 'expected at most 4 sizes, got 5', 'w');
  });
});

describe('ggufConfig', () => {
  const config = async (change: (metadata: ReturnType<typeof ggufMetadata>) => void, drop?: string) => {
    const metadata = ggufMetadata(smallModel);
    change(metadata);
    const tensors = modelTensors({ ...smallModel, tieWordEmbeddings: false }).filter(
      ({ ggufName }) => ggufName !== drop,
    );
    const parts = tensors.map(({ ggufName, ggufShape, numbers }) => {
      return { name: ggufName, shape: ggufShape, type: 0, data: f32(...numbers) };
    });
    return ggufConfig(await open(ggufBytes(metadata, parts)));
  };

  it('is read from metadata and tensors: sizes, the vocabulary, a tied head, the bias of the convolution', async () => {
    const file = await open(asGguf(smallModel, modelTensors(smallModel)));
    expect(ggufConfig(file)).toEqual({ dialect: 'gguf', modelType: 'mamba', config: smallModel, eosTokenIds: [] });
    expect((await config(() => {})).config.tieWordEmbeddings).toBe(false);
    expect((await config(() => {}, 'blk.0.ssm_conv1d.bias')).config.useConvBias).toBe(false);
  });

  it('has the tokens that begin and end a text, and Falcon-Mamba’s norms', async () => {
    const found = await config((metadata) => {
      metadata.set('tokenizer.ggml.bos_token_id', ggufValue.u32(3));
      metadata.set('tokenizer.ggml.eos_token_id', ggufValue.u32(4));
      metadata.set('mamba.ssm.dt_b_c_rms', ggufValue.bool(true));
    });
    expect([found.bosTokenId, found.eosTokenIds, found.modelType]).toEqual([3, [4], 'falcon_mamba']);
    expect(found.config.mixerRmsEps).toBe(1e-6);
  });

  it('refuses other architectures, and names the key that is missing', async () => {
    const expected = '"general.architecture" expected "mamba", the only architecture supported, got "llama"';
    const llama = config((metadata) => metadata.set('general.architecture', ggufValue.text('llama')));
    await expect(llama).rejects.toThrow(expected);
    const missing = config((metadata) => metadata.delete('mamba.ssm.state_size'));
    await expect(missing).rejects.toThrow(
      '"mamba.ssm.state_size" expected an integer from 1 to 2147483647, got nothing',
    );
    await expect(config(() => {}, 'token_embd.weight')).rejects.toThrow('tensor "token_embd.weight"');
  });
});
