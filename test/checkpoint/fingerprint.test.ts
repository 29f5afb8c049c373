import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { fingerprintOf } from '../../src/checkpoint/fingerprint.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';

const numbers = (length: number, first: number) => Float32Array.from({ length }, (_, i) => first + i / 8);
const small: WritableTensor = { name: 'D', shape: [2, 3], data: numbers(6, 1) };
const large: WritableTensor = { name: 'embeddingWeight', shape: [100_000], data: numbers(100_000, 2) };

/** A tensor's name is its field here. */
async function fingerprint(tensors: readonly WritableTensor[], layer?: number, wrap = (source: ByteSource) => source) {
  const bytes = safetensorsBytes(tensors, new Map([['format', 'pt']]));
  const file = await openSafetensors(wrap(bytesSource('w', bytes)));
  return fingerprintOf(tensors.map(({ name }) => ({ slot: { field: name, layer }, info: file.tensors.get(name)! })));
}

function changed(tensor: WritableTensor, at: number): WritableTensor {
  const data = Float32Array.from(tensor.data as Float32Array);
  data[at]! += 1;
  return { ...tensor, data };
}

describe('fingerprintOf', () => {
  it('is 16 hexadecimal digits, the same for the same numbers, in whatever dtype and shape they lie in the file', async () => {
    const print = await fingerprint([small, large]);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    const double = { ...small, data: Float64Array.from(small.data as Float32Array) };
    expect(await fingerprint([double, large])).toBe(print);
    expect(await fingerprint([{ ...small, shape: [6, 1] }, large])).toBe(print);
  });

  it('tells places, lengths, and numbers at the start, the middle and the end of any tensor', async () => {
    const shorter = { ...large, shape: [99_999], data: (large.data as Float32Array).slice(1) };
    const others: readonly (readonly [readonly WritableTensor[], number?])[] = [
      [[small, large]],
      [[small, large], 0],
      [[small, large], 1],
      [[{ ...small, name: 'normWeight' }, large]],
      [[small]],
      [[small, shorter]],
      ...[0, 3, 5].map((at) => [[changed(small, at), large]] as const),
      ...[0, 50_000, 99_999].map((at) => [[small, changed(large, at)]] as const),
    ];
    const prints = await Promise.all(others.map(([tensors, layer]) => fingerprint(tensors, layer)));
    expect(new Set(prints).size).toBe(others.length);
  });

  it('reads at most 96 numbers of a tensor, and none of A_log, which GGUF does not hold', async () => {
    let bytes = 0;
    const counting = (source: ByteSource): ByteSource => ({
      ...source,
      read: (offset, length) => {
        bytes += length;
        return source.read(offset, length);
      },
    });
    const tensors = [small, large, { ...large, name: 'aLog' }];
    const written = safetensorsBytes(tensors, new Map([['format', 'pt']]));
    const header = 8 + Number(new DataView(written.buffer).getBigUint64(0, true));
    await fingerprint(tensors, undefined, counting);
    expect(bytes - header).toBe(24 + 384);
  });
});
