import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { fingerprintOf } from '../../src/checkpoint/fingerprint.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';

const numbers = (length: number, first: number) => Float32Array.from({ length }, (_, i) => first + i / 8);
const small: WritableTensor = { name: 'a', shape: [2, 3], data: numbers(6, 1) };
const large: WritableTensor = { name: 'b', shape: [100_000], data: numbers(100_000, 2) };

async function fingerprint(tensors: readonly WritableTensor[], wrap = (source: ByteSource) => source): Promise<string> {
  const metadata = new Map([['format', 'pt']]);
  return fingerprintOf(await openSafetensors(wrap(bytesSource('w', safetensorsBytes(tensors, metadata)))));
}

function changed(tensor: WritableTensor, at: number): WritableTensor {
  const data = Float32Array.from(tensor.data as Float32Array);
  data[at]! += 1;
  return { ...tensor, data };
}

describe('fingerprintOf', () => {
  it('is 16 hexadecimal digits, the same for the same tensors', async () => {
    const print = await fingerprint([small, large]);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(await fingerprint([large, small])).toBe(print);
  });

  it('tells names, shapes, dtypes, and numbers at the start, the middle and the end of any tensor', async () => {
    const others = [
      [small, large],
      [{ ...small, name: 'c' }, large],
      [{ ...small, shape: [3, 2] }, large],
      [
        { ...small, data: { dtype: 'I32' as const, bytes: new Uint8Array((small.data as Float32Array).buffer) } },
        large,
      ],
      [small],
      ...[0, 3, 5].map((at) => [changed(small, at), large]),
      ...[0, 50_000, 99_999].map((at) => [small, changed(large, at)]),
    ];
    const prints = await Promise.all(others.map((tensors) => fingerprint(tensors)));
    expect(new Set(prints).size).toBe(others.length);
  });

  it('reads at most 384 bytes of a tensor', async () => {
    let bytes = 0;
    const counting = (source: ByteSource): ByteSource => ({
      ...source,
      read: (offset, length) => {
        bytes += length;
        return source.read(offset, length);
      },
    });
    const header =
      8 +
      Number(new DataView(safetensorsBytes([small, large], new Map([['format', 'pt']])).buffer).getBigUint64(0, true));
    await fingerprint([small, large], counting);
    expect(bytes - header).toBe(24 + 384);
  });
});
