import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { openGguf } from '../../src/checkpoint/gguf.ts';
import { float16ToNumber, numberToFloat16 } from '../../src/checkpoint/half.ts';
import { readFloatRange, readTensor } from '../../src/checkpoint/read-tensor.ts';
import { toQ8 } from '../../src/oracle/rounding.ts';
import type { Bytes } from './bytes.ts';
import { joined, u16 } from './bytes.ts';
import { ggufBytes } from './gguf-writer.ts';

function block(scale: number, q: readonly number[]): Bytes {
  return joined([u16(scale), Uint8Array.from(q)]);
}

async function opened(blocks: readonly Bytes[]) {
  const data = joined(blocks);
  const tensor = { name: 'w', shape: [blocks.length * 32], type: 8, data };
  return openGguf(bytesSource('q', ggufBytes([], [tensor])));
}

const int8 = fc.integer({ min: -127, max: 127 });
/** Any finite scale that is not negative, subnormals too. */
const scale = fc.integer({ min: 0, max: 0x7bff });
/** What ggml's quantiser writes: one of 32 is ±127. */
const ggmlBlock = fc
  .tuple(scale, fc.array(int8, { minLength: 32, maxLength: 32 }), fc.nat(31), fc.constantFrom(-127, 127))
  .map(([d, q, at, extreme]) => ({ d, q: q.with(at, extreme) }));

describe('q8_0', () => {
  it('is scale × integer, exactly', async () => {
    const q = Array.from({ length: 32 }, (_, i) => i * 8 - 128);
    const file = await opened([block(numberToFloat16(0.375), q), block(1, q)]);
    expect(await readTensor(file, 'w')).toEqual(
      Float32Array.from([...q.map((n) => n * 0.375), ...q.map((n) => n * 2 ** -24)]),
    );
  });

  it('is read from any place, for any length', async () => {
    const blocks = Array.from({ length: 4 }, (_, b) =>
      block(
        numberToFloat16(b + 1),
        Array.from({ length: 32 }, (_, i) => i - 16),
      ),
    );
    const file = await opened(blocks);
    const whole = (await readTensor(file, 'w')) as Float32Array;
    const place = fc.tuple(fc.nat(128), fc.nat(128)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    await fc.assert(
      fc.asyncProperty(place, async ([from, to]) => {
        const out = new Float32Array(to - from);
        await readFloatRange(out, file.tensors.get('w')!, from);
        expect(out).toEqual(whole.slice(from, to));
      }),
    );
  });

  it('quantised again gives the same blocks, wherever ggml has written them: one number of each is ±127', async () => {
    await fc.assert(
      fc.asyncProperty(ggmlBlock, async ({ d, q }) => {
        const file = await opened([block(d, q)]);
        const numbers = (await readTensor(file, 'w')) as Float32Array;
        expect(Float32Array.from(toQ8(numbers), (x) => x + 0)).toEqual(numbers.map((x) => x + 0));
        expect(numbers[q.findIndex((n) => Math.abs(n) === 127)]).toBe(
          float16ToNumber(d) * q.find((n) => Math.abs(n) === 127)!,
        );
      }),
    );
  });

  it('quantised again may lose bits in blocks of other writers: −128, or a largest below 127', async () => {
    const lost = async (q: readonly number[]) => {
      const file = await opened([block(numberToFloat16(0.3), q)]);
      const numbers = (await readTensor(file, 'w')) as Float32Array;
      return toQ8(numbers).some((x, i) => x !== numbers[i]);
    };
    const ramp = Array.from({ length: 32 }, (_, i) => 3 * i);
    expect(await lost([...ramp.slice(1), -128])).toBe(true);
    expect(await lost([...ramp.slice(1), 101])).toBe(true);
    expect(await lost([...ramp.slice(1), 127])).toBe(false);
  });
});
