import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutOfMemoryError } from '../../src/engine/errors.ts';
import { WasmHeap } from '../../src/wasm/heap.ts';

const memory = () => new WebAssembly.Memory({ initial: 1, maximum: 64 });

describe('a heap', () => {
  test('never hands out overlapping blocks; freed ones are used again and joined', () => {
    const step = fc.oneof(
      fc.nat(5000).map((bytes) => ({ bytes })),
      fc.nat(9).map((free) => ({ free })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const heap = new WasmHeap(memory(), 128);
        const blocks: { pointer: number; bytes: number }[] = [];
        for (const one of steps) {
          if ('bytes' in one) {
            const pointer = heap.allocate(one.bytes, 'block');
            expect(pointer % 64).toBe(0);
            expect(pointer).toBeGreaterThanOrEqual(128);
            for (const other of blocks) {
              expect(pointer + one.bytes <= other.pointer || other.pointer + other.bytes <= pointer).toBe(true);
            }
            expect(heap.u8(pointer, one.bytes).every((byte) => byte === 0)).toBe(true);
            heap.u8(pointer, one.bytes).fill(255);
            blocks.push({ pointer, bytes: one.bytes });
          } else if (blocks.length > 0) {
            heap.free(blocks.splice(one.free % blocks.length, 1)[0]!.pointer);
          }
        }
        for (const { pointer } of blocks) heap.free(pointer);
        expect(heap.bytesInUse).toBe(0);
        const all = heap.memory.buffer.byteLength - 128;
        heap.allocate(all, 'everything'); // one piece again: nothing grows
        expect(heap.memory.buffer.byteLength - 128).toBe(all);
      }),
    );
  });

  test('grows by what is missing, and says who wanted how much when it cannot', () => {
    const heap = new WasmHeap(memory(), 64);
    heap.allocate(65536 - 64, 'first');
    heap.allocate(65536, 'second');
    expect(heap.memory.buffer.byteLength).toBe(2 * 65536);
    const before = heap.bytesInUse;
    expect(() => heap.allocate(64 * 65536, 'third')).toThrow(OutOfMemoryError);
    expect(() => heap.allocate(64 * 65536, 'third')).toThrow(
      /^third: no room for 4194304 bytes in a WebAssembly memory/,
    );
    expect(heap.bytesInUse).toBe(before);
    heap.allocate(64, 'a small one still fits');
  });

  test('refuses to free what is not in use', () => {
    const heap = new WasmHeap(memory(), 64);
    const pointer = heap.allocate(8, 'block');
    heap.free(pointer);
    expect(() => heap.free(pointer)).toThrow(new RangeError(`"pointer" expected a block in use, got ${pointer}`));
  });
});
